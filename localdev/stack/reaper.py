"""Ends whatever a stack has started, once whoever started it is gone: reaper.py MARK

It waits on a pipe that the supervisor holds open; however the supervisor ends, the pipe closes. Everything that a
stack starts, and everything that those start in sessions of their own, carries the mark in its environment.
"""

import signal
import sys
import time
from collections.abc import Iterator

import psutil

MARK_VARIABLE = "SLUICE_STACK"
_ASKED_POLITELY_S, _AT_MOST_S = 2.5, 10


def marked(mark: str) -> Iterator[psutil.Process]:
    """Every process alive that carries `mark`."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK_VARIABLE) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended meanwhile, or belongs to somebody else


def end_all(mark: str) -> None:
    """End every process that carries `mark`: ask first, then KILL, until none is left."""
    started = time.monotonic()
    told: set[psutil.Process] = set()
    while (alive := set(marked(mark))) and time.monotonic() < started + _AT_MOST_S:
        impatient = time.monotonic() > started + _ASKED_POLITELY_S
        for process in alive if impatient else alive - told:
            _signal(process, kill=impatient)
        told |= alive
        psutil.wait_procs(alive, timeout=0.1)


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.send_signal(_polite_signal(process))
    except psutil.Error:
        return  # it has ended meanwhile


def _polite_signal(process: psutil.Process) -> signal.Signals:
    # At TERM, Postgres waits for its clients to leave; killed for that, it leaves a pid file that bars the next start.
    return signal.SIGINT if process.name() == "postgres" else signal.SIGTERM


def main() -> None:
    """Wait for the end of the pipe, then clean up."""
    sys.stdin.buffer.read()
    end_all(sys.argv[1])


if __name__ == "__main__":
    main()
