"""Ends every process of a stack once its supervisor is gone: reaper.py MARK

It waits on a pipe that the supervisor holds open; the pipe closes however the supervisor ends. All processes of a
stack, including those their children start in new sessions, carry the mark in their environment.
"""

import signal
import sys
import time
from collections.abc import Iterator

import psutil

MARK_VARIABLE = "SLUICE_STACK"
_KILL_AFTER_S, _GIVE_UP_AFTER_S = 2.5, 10


def processes_with_mark(mark: str) -> Iterator[psutil.Process]:
    """Every live process that carries `mark`."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK_VARIABLE) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended, or belongs to another user


def end_all(mark: str) -> None:
    """End every process that carries `mark`: first with a stop signal, after 2.5 s with KILL; gives up after 10 s."""
    started = time.monotonic()
    signalled: set[psutil.Process] = set()
    while (alive := set(processes_with_mark(mark))) and time.monotonic() < started + _GIVE_UP_AFTER_S:
        kill = time.monotonic() > started + _KILL_AFTER_S
        for process in alive if kill else alive - signalled:
            _signal(process, kill=kill)
        signalled |= alive
        psutil.wait_procs(alive, timeout=0.1)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.send_signal(_stop_signal(process))
    except psutil.Error:
        return  # it has ended


def _stop_signal(process: psutil.Process) -> signal.Signals:
    # At TERM Postgres waits for its clients, would be killed, and would leave a pid file that blocks the next start.
    return signal.SIGINT if process.name() == "postgres" else signal.SIGTERM


def main() -> None:
    """Wait until the pipe closes, then end the processes."""
    sys.stdin.buffer.read()
    end_all(sys.argv[1])


if __name__ == "__main__":
    main()
