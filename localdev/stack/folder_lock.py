"""The lock that gives a state folder to one stack: `python -m localdev.stack.folder_lock FOLDER` tests it.

Imports only the standard library, so that `make clean` works with an incomplete virtual environment.
"""

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from localdev.stack.layout import StackError

_LOCK_WITHIN_S = 12


class FolderInUseError(StackError):
    """A stack uses the folder."""


def lock_folder(folder: Path) -> TextIO:
    """Lock `folder` until the returned file is closed; FolderInUseError when another stack holds the lock.

    Waits up to 12 s when the owner is dead, because its reaper may still be cleaning up.
    """
    lock = (folder / "lock").open("a+", encoding="utf-8", errors="replace")
    deadline = time.monotonic() + _LOCK_WITHIN_S
    while not _try_lock(lock):
        lock.seek(0)
        owner = lock.read().strip()
        if time.monotonic() > deadline or not owner.isdecimal() or _exists(int(owner)):
            lock.close()
            raise FolderInUseError(
                f"another stack (process {owner or 'unknown'}) uses the folder {folder}; stop it first"
            )
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _try_lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user
        return True
    return True


def main() -> int:
    """Return 0 when no stack uses the folder; else print the reason and return 1."""
    folder = Path(sys.argv[1])
    try:
        lock_folder(folder).close()
    except StackError as error:
        print(f"sluice: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"sluice: cannot check whether a stack uses the folder {folder}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
