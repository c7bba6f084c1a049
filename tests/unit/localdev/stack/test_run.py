"""`make run` says in one sentence why it cannot start."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from localdev.stack.environment import ROOT
from localdev.stack.layout import HOST
from localdev.stack.ports import HIGHEST_PORT, Ports
from localdev.stack.run import arguments_of
from localdev.stack.supervisor import Supervisor


def _run(port: int, folder: Path, program: str = "localdev.stack.run") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", program, "--port", str(port), "--state", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_folder_in_use_is_refused_with_who_uses_it(tmp_path: Path) -> None:
    with Supervisor(tmp_path):
        refused = _run(1024, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("sluice: another stack (process ")


def test_a_port_in_use_is_refused_with_what_wanted_it(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listening:
        port = int(listening.getsockname()[1])
        refused = _run(port, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"sluice: port {port}, which gateway needs, is in use; stop the program")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("port", [70_000, 65_519, 1023, 0, "-1", "eighty", ""])
def test_a_port_with_no_room_for_the_stack_is_refused_in_one_line(
    port: int | str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "--port", str(port)])
    with pytest.raises(SystemExit):
        arguments_of("run")
    assert capsys.readouterr().err == (
        "sluice: argument --port: PORT may be 1024 to 65518, as the stack uses the ports above it, too; "
        f"it is {str(port)!r}\n"
    )


@pytest.mark.parametrize("program", ["localdev.stack.run", "localdev.demo"])
def test_what_cannot_be_asked_for_ends_it_before_anything_starts(tmp_path: Path, program: str) -> None:
    refused = _run(70_000, tmp_path / "state", program)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "state").exists()


def test_the_highest_port_that_may_be_asked_for_is_the_highest_that_there_is_room_for() -> None:
    assert max(Ports(65_518).all().values()) == HIGHEST_PORT
