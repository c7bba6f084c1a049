"""The lock on the folder of a stack: python -m localdev.stack.folder_lock FOLDER says whether a stack holds it.

Imports the standard library alone, so that `make clean` can ask in a virtual environment that is half made.
"""

import fcntl
import os
import sys
import time
from pathlib import Path
from typing import TextIO

from localdev.stack.layout import StackError

_LOCK_WITHIN_S = 12


def locked(folder: Path) -> TextIO:
    """The lock of `folder`, held until it is closed; StackError when another stack has it.

    Waits only for a lock whose owner is gone and is being cleaned up after.
    """
    lock = (folder / "lock").open("a+", encoding="utf-8", errors="replace")
    deadline = time.monotonic() + _LOCK_WITHIN_S
    while not _take(lock):
        lock.seek(0)
        owner = lock.read().strip()
        if time.monotonic() > deadline or not owner.isdecimal() or _exists(int(owner)):
            lock.close()
            raise StackError(f"another stack (process {owner or 'unknown'}) is running on {folder}; stop it first")
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _take(lock: TextIO) -> bool:
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
    except PermissionError:  # it is somebody else's
        return True
    return True


def main() -> int:
    """The exit status: 0 when nobody has the folder, 1 with a sentence when it may not be removed."""
    folder = Path(sys.argv[1])
    try:
        locked(folder).close()
    except StackError as error:
        print(f"sluice: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"sluice: cannot tell whether a stack runs on {folder}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
