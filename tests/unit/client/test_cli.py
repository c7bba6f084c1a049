"""The habits of the command: data on stdout, talk on stderr, an exit code for each outcome."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from sluice.cli import COMMANDS, main
from sluice.settings import VERSION
from tests.support.client.objects import page_json, run_json, user_json
from tests.support.client.service import Asked, Told, refusal, told
from tests.unit.client.conftest import Serve

CLIENT = Path(__file__).parents[3] / "client"
# A job in the background of a shell ignores Ctrl-C, and so would every process that it starts.
HEARS_CTRL_C = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("sluice", run_name="__main__", alter_sys=True)
"""


def test_data_goes_to_stdout_and_talk_to_stderr(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve({"GET /api/users/me": told(user_json())})
    assert main(["whoami"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("email\tana@lab.example\n")
    assert err == ""


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 3), (404, 4), (409, 5), (422, 2), (500, 6)])
def test_an_error_has_its_exit_code_and_request_id(
    serve: Serve, capsys: pytest.CaptureFixture[str], status: int, code: int
) -> None:
    serve({"GET /api/runs/run-0000000a": refusal(status)})
    assert main(["show", "run-0000000a"]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert "sluice: it does not go" in err
    assert "request id: 5f0c" in err


@pytest.mark.parametrize("arguments", [["nope"], ["runs", "--nope"], ["runs", "-n", "0"], ["runs", "--since", "soon"]])
def test_wrong_input_is_exit_code_2(serve: Serve, capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> None:
    serve({})
    assert main(arguments) == 2
    assert capsys.readouterr().out == ""


def test_json_is_the_object_of_the_api_in_one_line(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [run_json("run-0000000a", a_new_field=1), run_json("run-0000000b")]
    serve({"GET /api/runs": told(page_json("runs", runs))})
    assert main(["runs", "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == runs


def test_a_newer_service_is_mentioned_once_a_day(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    serve({"GET /api/runs/run-0000000a": told(run_json(a_new_field=1))})
    main(["show", "run-0000000a"])
    assert "newer" in capsys.readouterr().err
    main(["show", "run-0000000a"])
    assert capsys.readouterr().err == ""


def test_ctrl_c_is_exit_code_130(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    serve({})
    monkeypatch.setattr("sluice.client.Sluice.me", interrupt)
    assert main(["whoami"]) == 130


def test_ctrl_c_leaves_the_run_and_says_how_to_look_again(serve: Serve) -> None:
    asked, over = threading.Event(), threading.Event()

    def never(_: Asked) -> Told:
        asked.set()
        over.wait(60)
        return Told(204)

    serve({"GET /api/runs/run-0000000a/events": never})
    command = [sys.executable, "-c", HEARS_CTRL_C, "watch", "run-0000000a"]
    environment = os.environ | {"PYTHONPATH": str(CLIENT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    over.set()
    assert (process.returncode, err) == (
        130,
        "sluice: the run goes on; look again with `sluice watch run-0000000a`\n",
    )


def test_a_file_that_cannot_be_written_is_named(
    serve: Serve, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    link = Told(302, b"", {"Location": "http://127.0.0.1:1/archive"})
    service = serve({"GET /api/runs/run-0000000a/logs/download": link, "GET /archive": Told(200, b"zip")})
    link.headers["Location"] = f"{service.address}/archive"  # type: ignore[index]
    assert main(["dump", "run-0000000a", "-o", str(tmp_path / "nowhere" / "x.zip")]) == 2
    assert "nowhere/.x.zip.part: No such file or directory" in capsys.readouterr().err


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        assert main([command, "--help"]) == 0
        assert f"Example:\n    sluice {command}" in capsys.readouterr().out, command


def test_the_version_is_that_of_the_package() -> None:
    assert f'version = "{VERSION}"' in (CLIENT / "pyproject.toml").read_text()


def test_the_version_loads_neither_the_http_library_nor_rich() -> None:
    code = "import sys; from sluice.cli import main; main(['--version']); print(*sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(CLIENT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == f"sluice {VERSION}"
    assert not {"httpx2", "rich", "keyring", "platformdirs", "ssl"} & set(modules.split())


def test_a_reader_of_stderr_that_has_enough_ends_the_command_quietly(serve: Serve) -> None:
    warning = {"field": "config_content", "row": 1, "column": None, "message": "x" * 100}
    found = {"valid": True, "pipeline_version": "2.7.1", "errors": [], "warnings": [warning] * 2000}
    serve({"POST /api/pipelines/nf-core/x/validate": told(found)})
    command = f"{sys.executable} -m sluice check -p nf-core/x 2>&1 >/dev/null | head -n 1; echo ${{PIPESTATUS[0]}}"
    environment = os.environ | {"PYTHONPATH": str(CLIENT)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["141"]


def test_a_reader_that_has_enough_ends_the_command_quietly(serve: Serve) -> None:
    runs = [run_json(f"run-{number:08x}") for number in range(2000)]
    serve({"GET /api/runs": told(page_json("runs", runs))})
    command = f"{sys.executable} -m sluice runs -n 2000 | head -n 1; echo ${{PIPESTATUS[0]}}"
    environment = os.environ | {"PYTHONPATH": str(CLIENT)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == ["141"]
    assert done.stderr == ""
