"""What a Postgres that was killed leaves in its data: a pid file that the next one has to be told is nobody's."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_GONE_WITHIN_S = 5


def disown_pid_file(data: Path) -> None:
    """Let this process start a server on `data`, where a killed one has left its pid file.

    Postgres does not start while any process has the number in that file. That may be the dead one, until its parent
    has collected it (the first process of a container may take seconds, or never do it), or another program that was
    given the number since. While a server really works on `data`, nothing is changed.
    """
    file = data / "postmaster.pid"
    deadline = time.monotonic() + _GONE_WITHIN_S
    while file.exists() and any(_servers_on(data)):
        if time.monotonic() > deadline:
            return  # Postgres itself says who is in the way
        time.sleep(0.05)
    try:
        _number, rest = file.read_bytes().split(b"\n", 1)
    except (FileNotFoundError, ValueError):
        return
    # The number of a server's parent cannot be another server's, so Postgres knows the file for stale. To remove the
    # file would be less: its later lines are how Postgres makes sure that nobody is left in the shared memory.
    file.write_bytes(b"%d\n%s" % (os.getpid(), rest))


def _servers_on(data: Path) -> Iterator[psutil.Process]:
    """Every process of Postgres, main or child, that works in the folder `data`."""
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == data.resolve():
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended meanwhile, or belongs to somebody else
