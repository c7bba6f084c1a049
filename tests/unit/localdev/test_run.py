"""`make run` says in one sentence why it cannot start."""

import socket
import subprocess
import sys
from pathlib import Path

from localdev.environment import ROOT
from localdev.layout import HOST
from localdev.supervisor import Supervisor


def _run(port: int, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "localdev.run", "--port", str(port), "--state", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_folder_in_use_is_refused_with_who_uses_it(tmp_path: Path) -> None:
    with Supervisor(tmp_path):
        refused = _run(1, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("sluice: another stack (process ")


def test_a_port_in_use_is_refused_with_what_wanted_it(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listening:
        port = int(listening.getsockname()[1])
        refused = _run(port, tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"sluice: port {port} is in use, and gateway needs it")
    assert refused.stderr.count("\n") == 1
