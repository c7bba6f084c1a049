"""Starts, watches and ends the processes of a stack; none survives, however the supervisor itself ends."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from urllib3.util import make_headers

from localdev.stack import reaper
from localdev.stack.folder_lock import lock_folder
from localdev.stack.layout import HOST, StackError
from localdev.stack.secret import Login

_ANSWER_WITHIN_S = 60
_END_WITHIN_S, _END_ALL_WITHIN_S = 2, 4
_LOG_ROTATED_AT_BYTES = 4 << 20
_LAST_LINES = 15
PRIVATE_UMASK = 0o077  # other users of the machine may read no file of the stack


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals


class Supervisor:
    """Owns the folder of a stack and its processes."""

    def __init__(self, folder: Path) -> None:
        """Lock the folder; StackError when another stack uses it."""
        self._folder = folder.resolve()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)  # it holds secrets and other users' data; earlier versions left it open
            self._lock = lock_folder(self._folder)
        except OSError as error:
            raise StackError(f"the folder {folder} cannot be used: {error}; remove it or change its owner") from error
        self.mark = {reaper.MARK_VARIABLE: str(self._folder)}
        self._phases: list[list[_Child]] = []
        self._reaper = self._start_reaper()

    def begin_phase(self) -> None:
        """Begin a phase: its processes are stopped before those of earlier phases."""
        self._phases.append([])

    def spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Start a child in its own session and return its process id; its output goes to telemetry/NAME.log."""
        log = self.log_of(name)
        runtime = self._folder / "run" / name  # gunicorn puts a control socket into XDG_RUNTIME_DIR
        runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        variables = {**environment, **self.mark, "XDG_RUNTIME_DIR": str(runtime)}
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=PRIVATE_UMASK,
            )
        self.adopt(name, process, log)
        return process.pid

    def adopt(
        self, name: str, process: subprocess.Popen[bytes], log: Path, stop_signal: signal.Signals = signal.SIGTERM
    ) -> None:
        """Watch, and later stop, a process that the caller started with `mark` in its environment."""
        self._phases[-1].append(_Child(name, process, log, stop_signal))

    def log_of(self, name: str) -> Path:
        """The log file of `name`; a file over 4 MiB is first renamed to NAME.log.1."""
        log = self._folder / "telemetry" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        if log.exists() and log.stat().st_size > _LOG_ROTATED_AT_BYTES:
            log.rename(log.with_suffix(".log.1"))
        return log

    def wait_for(self, name: str, port: int, path: str, *, login: Login | None = None) -> None:
        """Wait until GET `path` on `port` answers 200; StackError when any child dies, or after 60 s."""
        self.wait_until(name, lambda: answers(port, path, login))

    def wait_until(self, name: str, is_up: Callable[[], bool]) -> None:
        """Wait until a child is up; StackError when any child dies, or after 60 s."""
        deadline = time.monotonic() + _ANSWER_WITHIN_S
        while not is_up():
            self.check()
            if time.monotonic() > deadline:
                raise StackError(f"{name} did not answer within {_ANSWER_WITHIN_S} s\n{self._log_tail(name)}")
            time.sleep(0.02)

    def check(self) -> None:
        """Raise StackError with the end of the log of a child that has died."""
        for child in self._children():
            status = child.process.poll()
            if status is not None:
                how = f"was killed by {_signal_name(-status)}" if status < 0 else f"ended with status {status}"
                raise StackError(f"{child.name} {how}\n{_tail(child.log)}")

    def end(self, name: str, how: signal.Signals) -> None:
        """Send the signal `how` to a child and its session, wait until it ends, and stop watching it."""
        phase, child = next((phase, child) for phase in self._phases for child in phase if child.name == name)
        phase.remove(child)
        os.killpg(child.process.pid, how)
        try:
            child.process.wait(_END_ALL_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()

    def stop(self) -> None:
        """End the children, latest phase first, then all their remaining processes; takes about 5 s at most."""
        deadline = time.monotonic() + _END_ALL_WITHIN_S
        for phase in reversed(self._phases):
            _end(phase, min(deadline, time.monotonic() + _END_WITHIN_S))
        if self._reaper.stdin is not None:
            self._reaper.stdin.close()
        self._reaper.wait()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _start_reaper(self) -> subprocess.Popen[bytes]:
        # The reaper inherits the lock, so no new stack starts in this folder before it has cleaned up.
        command = [sys.executable, reaper.__file__, str(self._folder)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, pass_fds=(self._lock.fileno(),))

    def _children(self) -> list[_Child]:
        return [child for phase in self._phases for child in phase]

    def _log_tail(self, name: str) -> str:
        return next((_tail(child.log) for child in self._children() if child.name == name), "")


def answers(port: int, path: str, login: Login | None) -> bool:
    """Whether GET `path` on `port` of this machine answers 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        headers = make_headers(basic_auth=":".join(login)) if login else {}
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    """Whether something on this machine takes connections at `port`."""
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def _end(children: Sequence[_Child], deadline: float) -> None:
    """Signal all children, then kill those still alive at `deadline` (monotonic time)."""
    for child in children:
        child.process.send_signal(child.stop_signal)
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


def _signal_name(number: int) -> str:
    """Such as SIGKILL; a real-time signal has a number only."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _tail(log: Path) -> str:
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # the folder was deleted while the stack was running
        return f"its log {log} no longer exists"
    lines = text.splitlines()[-_LAST_LINES:]
    return "\n".join([f"The last lines of {log}:", *(f"  {line}" for line in lines)])
