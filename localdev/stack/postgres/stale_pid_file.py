"""Handles the pid file that a killed Postgres leaves behind, so that the next server can start."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_GONE_WITHIN_S = 5


def disown_pid_file(data: Path) -> None:
    """Make a stale pid file in the folder `data` harmless; do nothing while a server really uses the folder.

    Postgres refuses to start while any process has the id in that file. It can be a zombie that was not reaped yet
    (process 1 of a container may take seconds, or never do it), or an unrelated program that reused the id.
    """
    file = data / "postmaster.pid"
    deadline = time.monotonic() + _GONE_WITHIN_S
    while file.exists() and any(_servers_on(data)):
        if time.monotonic() > deadline:
            return  # Postgres then fails with its own message
        time.sleep(0.05)
    try:
        _pid, rest = file.read_bytes().split(b"\n", 1)
    except (FileNotFoundError, ValueError):
        return
    # Postgres treats its parent's id as stale, because its parent cannot be another server. The file is not removed:
    # Postgres reads its later lines to check that no process still uses the shared memory.
    file.write_bytes(b"%d\n%s" % (os.getpid(), rest))


def _servers_on(data: Path) -> Iterator[psutil.Process]:
    """Every Postgres process, main or child, whose working directory is `data`."""
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and Path(process.cwd()) == data.resolve():
                yield process
        except (psutil.Error, OSError):
            continue  # it has ended, or belongs to another user
