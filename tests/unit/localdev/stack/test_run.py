"""`make run` gives one sentence when it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from localdev.stack.environment import ROOT
from localdev.stack.layout import HOST, Folders
from localdev.stack.ports import HIGHEST_PORT, Ports
from localdev.stack.run import arguments_of
from localdev.stack.secret import StackSecret
from localdev.stack.supervisor import Supervisor
from tests.support.storage_login import storage_that_takes


def _run(port: int, folder: Path, program: str = "localdev.stack.run") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", program, "--port", str(port), "--state", str(folder)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'client'}"}  # as in the Makefile
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with Supervisor(tmp_path):
        refused = _run(1024, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("sluice: another stack (process ")


def test_a_folder_in_use_is_refused_with_the_address_of_its_stack(tmp_path: Path) -> None:
    with Supervisor(tmp_path), storage_that_takes(StackSecret(Folders(tmp_path).keys)) as storage:
        Thread(target=storage.handle_request, daemon=True).start()
        gateway = storage.server_port - 2
        assert Ports(gateway).storage == storage.server_port
        Folders(tmp_path).port.write_text(str(gateway))
        refused = _run(1024, tmp_path)
    assert refused.stderr.endswith(f"; stop it first, or open http://127.0.0.1:{gateway}\n")


def test_a_port_in_use_is_refused_with_the_part_that_needs_it(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listening:
        port = int(listening.getsockname()[1])
        refused = _run(port, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"sluice: port {port}, which gateway needs, is in use; stop the program")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("port", [70_000, 65_518, 1023, 0, "-1", "eighty", ""])
def test_a_port_out_of_range_is_refused_in_one_line(
    port: int | str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "--port", str(port)])
    with pytest.raises(SystemExit):
        arguments_of("run")
    assert capsys.readouterr().err == (
        "sluice: argument --port: PORT must be 1024 to 65516 (the stack also uses the ports above it), "
        f"not {str(port)!r}\n"
    )


@pytest.mark.parametrize("program", ["localdev.stack.run", "localdev.demo"])
def test_a_bad_port_ends_the_program_before_anything_starts(tmp_path: Path, program: str) -> None:
    refused = _run(70_000, tmp_path / "state", program)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "state").exists()


def test_the_highest_allowed_port_leaves_room_for_the_whole_stack() -> None:
    assert max(Ports(65_516).all().values()) == HIGHEST_PORT
