"""Runs a program as anyone but root, which Postgres insists on: not_root.py FOLDER PROGRAM ARGUMENT…

In a user namespace of its own root looks like an ordinary user, while the files it makes stay root's. Where namespaces
are forbidden (most containers) the program runs as nobody, to whom FOLDER is given. Only root on Linux needs this; it
imports the standard library alone, because it runs with `python -I -S`.
"""

import ctypes
import os
import sys
from pathlib import Path

_NEW_USER_NAMESPACE = 0x10000000  # CLONE_NEWUSER of linux/sched.h
_ORDINARY_USER, _NOBODY = 1000, 65534


def become_ordinary_user() -> None:
    """Enter a user namespace in which root is an ordinary user; OSError where that is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_USER_NAMESPACE):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{_ORDINARY_USER} 0 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{_ORDINARY_USER} 0 1", encoding="ascii")


def become_nobody(folder: Path) -> None:
    """Give `folder` and all below it to nobody, then be nobody."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def main() -> None:
    """Stop being root, then turn into the program."""
    folder, program = sys.argv[1:3]
    try:
        become_ordinary_user()
    except OSError:
        become_nobody(Path(folder))
    os.execv(program, sys.argv[2:])  # noqa: S606 the program is named in full by Postgres below


if __name__ == "__main__":
    main()
