"""`make run` as a process: start, stop, kill and crash. Each test starts its own stack."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.ports import Ports, free_ports
from localdev.stack.reaper import processes_with_mark
from localdev.stack.welcome import EXAMPLE

# A stack that starts quickly: its database and its stand-ins for storage, tasks and logging.
_STORES_ONLY = [
    sys.executable,
    "-c",
    """
import sys
from localdev.stack import run
class Stores(run.Stack):
    def _start(self):
        self._supervisor.begin_phase()
        self.start_postgres()
        self._start_stores()
        self._wait_for_stores()
run.Stack = Stores
sys.exit(run.main())
""",
]
# A stack with only the functions that a run passes through until it fails; each takes half a second to start.
_FEW_FUNCTIONS = [
    sys.executable,
    "-c",
    """
import sys
from localdev.stack import run, stack
stack.FUNCTIONS = ("runs", "queue_worker", "bucket_watcher")
sys.exit(run.main())
""",
]


@contextmanager
def _started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process of `make run`, as soon as all parts answer."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert any("Ctrl-C stops the stack" in line for line in process.stdout)
            yield process
        finally:
            process.kill()


@contextmanager
def _running(ports: Ports, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`make run`, with a run whose head job has started."""
    with _started([*_FEW_FUNCTIONS, "--port", str(ports.gateway), "--state", str(folder)]) as process:
        requests.post(
            f"{url(ports.gateway)}/api/runs", json=json.loads((ROOT / EXAMPLE).read_bytes()), timeout=30
        ).raise_for_status()
        assert _eventually(lambda: any("launch.sh" in " ".join(_command(part)) for part in _alive(folder)))
        yield process


def _alive(folder: Path) -> list[psutil.Process]:
    return list(processes_with_mark(str(folder.resolve())))


def _runs(ports: Ports) -> list[dict[str, str]]:
    runs: list[dict[str, str]] = requests.get(f"{url(ports.gateway)}/api/runs", timeout=30).json()["runs"]
    return runs


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _eventually(claim: Callable[[], bool], within_s: float = 60) -> bool:
    deadline = time.monotonic() + within_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    return claim()


def test_no_process_survives_ctrl_c_or_a_kill_and_a_restart_fails_the_interrupted_run(tmp_path: Path) -> None:
    ports = free_ports()
    with _running(ports, tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0  # about 2 s on an idle machine
    assert _alive(tmp_path) == []
    with _running(ports, tmp_path) as process:
        assert _eventually(lambda: "failed" in {run["status"] for run in _runs(ports)})
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _eventually(lambda: _alive(tmp_path) == [])


def test_a_crash_of_one_part_stops_the_stack_and_is_reported(tmp_path: Path) -> None:
    with _started([*_STORES_ONLY, "--port", str(free_ports().gateway), "--state", str(tmp_path)]) as process:
        victim = next(part for part in _alive(tmp_path) if "localdev.stand_ins.storage" in _command(part))
        victim.kill()
        assert process.wait(60) == 1
        assert process.stderr is not None
        assert "storage was killed by SIGKILL" in process.stderr.read()
    assert _alive(tmp_path) == []
