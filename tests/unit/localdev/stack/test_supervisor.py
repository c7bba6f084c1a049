"""The supervisor starts, watches and ends processes, and none survives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from localdev.stack import supervisor as module
from localdev.stack.layout import HOST, StackError
from localdev.stack.reaper import processes_with_mark
from localdev.stack.supervisor import Supervisor

_SLEEP = "import time; time.sleep(600)"
_IGNORES_TERM = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); {_SLEEP}"
# A child that starts a process in another session, as the Batch stand-in does for head jobs.
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_SLEEP!r}], start_new_session=True)"
_SUPERVISED = f"""
import os, sys, pathlib
from localdev.stack.supervisor import Supervisor
supervisor = Supervisor(pathlib.Path(sys.argv[1]))
supervisor.begin_phase()
supervisor.spawn("parent", [sys.executable, "-c", {_PARENT!r}], os.environ)
supervisor.spawn("stubborn", [sys.executable, "-c", {_IGNORES_TERM!r}], os.environ)
print("ready", flush=True)
sys.stdin.read()
"""


def _python(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def _started(folder: Path) -> Supervisor:
    supervisor = Supervisor(folder)
    supervisor.begin_phase()
    return supervisor


def _eventually(claim: Callable[[], bool], within_s: float = 60) -> bool:
    deadline = time.monotonic() + within_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.02)
    return claim()


def _alive(folder: Path) -> list[psutil.Process]:
    return list(processes_with_mark(str(folder.resolve())))


def test_a_second_supervisor_is_refused_with_the_process_id_of_the_first(tmp_path: Path) -> None:
    with Supervisor(tmp_path), pytest.raises(StackError, match=rf"another stack \(process {os.getpid()}\)"):
        Supervisor(tmp_path)


def test_an_unusable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="cannot be used"):
        Supervisor(tmp_path / "file")


def test_a_stopped_supervisor_releases_the_folder(tmp_path: Path) -> None:
    for _ in range(2):
        with Supervisor(tmp_path):
            pass


def test_a_dead_child_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        supervisor.spawn("short", _python("import sys; sys.exit('out of coffee')"), os.environ)

        def has_died() -> bool:
            try:
                supervisor.check()
            except StackError as error:
                return "short ended with status 1" in str(error) and "out of coffee" in str(error)
            return False

        assert _eventually(has_died)


def test_a_dead_child_is_reported_even_if_its_log_is_gone(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        supervisor.spawn("short", _python("raise SystemExit(3)"), os.environ)
        supervisor.log_of("short").unlink()
        with pytest.raises(StackError, match=r"short ended with status 3\n.*short\.log no longer exists"):
            supervisor.wait_for("short", 1, "/")


def test_waiting_ends_immediately_when_a_child_dies(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        supervisor.spawn("short", _python("raise SystemExit(3)"), os.environ)
        with pytest.raises(StackError, match="short ended with status 3"):
            supervisor.wait_for("short", 1, "/")


def test_waiting_continues_until_the_answer_is_200(tmp_path: Path) -> None:
    class WarmingUp(BaseHTTPRequestHandler):
        requests = 0

        def do_GET(self) -> None:
            WarmingUp.requests += 1
            self.send_response(200 if WarmingUp.requests == 3 else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Print nothing."""

    with HTTPServer((HOST, 0), WarmingUp) as server, _started(tmp_path) as supervisor:
        Thread(target=server.serve_forever, daemon=True).start()
        supervisor.wait_for("warming", server.server_port, "/health")
        server.shutdown()
    assert WarmingUp.requests == 3


def test_each_child_has_a_private_runtime_folder(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        supervisor.spawn("one", _python(f"import os; print(os.environ['XDG_RUNTIME_DIR'], flush=True); {_SLEEP}"), {})
        log = tmp_path / "telemetry" / "one.log"
        assert _eventually(lambda: log.read_text().strip() == str((tmp_path / "run" / "one").resolve()))
        assert (tmp_path / "run" / "one").stat().st_mode & 0o077 == 0


def test_a_large_log_is_rotated(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        log = supervisor.log_of("large")
        log.write_bytes(b"x" * (5 << 20))
        assert not supervisor.log_of("large").exists()
    assert (tmp_path / "telemetry" / "large.log.1").stat().st_size == 5 << 20


def test_stopping_ends_grandchildren_in_other_sessions(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        supervisor.spawn("parent", _python(_PARENT), os.environ)
        assert _eventually(lambda: len(_alive(tmp_path)) == 2)
    assert _alive(tmp_path) == []


def test_stopping_kills_a_child_that_ignores_term(tmp_path: Path) -> None:
    supervisor = _started(tmp_path)
    supervisor.spawn("stubborn", _python(_IGNORES_TERM), os.environ)
    assert _eventually(lambda: "ready" in (tmp_path / "telemetry" / "stubborn.log").read_text())
    supervisor.stop()
    assert _alive(tmp_path) == []


def test_stopping_waits_under_5_s_for_children() -> None:
    assert module._END_WITHIN_S < module._END_ALL_WITHIN_S < 5


def test_no_process_survives_a_killed_supervisor_and_a_new_one_can_start(tmp_path: Path) -> None:
    command = [*_python(_SUPERVISED), str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        assert _eventually(lambda: len(_alive(tmp_path)) == 3)
        process.send_signal(signal.SIGKILL)
    with Supervisor(tmp_path):  # waits until the folder has been cleaned up
        assert _alive(tmp_path) == []


def test_an_ended_child_can_be_started_again_and_is_not_reported_as_dead(tmp_path: Path) -> None:
    with _started(tmp_path) as supervisor:
        first = supervisor.spawn("one", _python(_SLEEP), os.environ)
        supervisor.end("one", signal.SIGKILL)
        assert not psutil.pid_exists(first)
        supervisor.spawn("one", _python(_SLEEP), os.environ)
        supervisor.check()


def test_ending_a_child_that_ignores_term_kills_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_END_ALL_WITHIN_S", 0.2)
    with _started(tmp_path) as supervisor:
        stubborn = supervisor.spawn("stubborn", _python(_IGNORES_TERM), os.environ)
        assert _eventually(lambda: "ready" in supervisor.log_of("stubborn").read_text())
        supervisor.end("stubborn", signal.SIGTERM)
        assert not psutil.pid_exists(stubborn)
