"""Runs a program as a user other than root, because Postgres refuses root: not_root.py FOLDER PROGRAM ARGUMENT…

In a new user namespace root appears as an ordinary user, and its files still belong to root. Where user namespaces are
forbidden (most containers), the program runs as nobody, who becomes the owner of FOLDER and stays in root's group,
which may pass through the private folder around it. Needed only for root on Linux.
Imports only the standard library, because it runs with `python -I -S`.
"""

import ctypes
import os
import sys
from pathlib import Path

_NEW_USER_NAMESPACE = 0x10000000  # CLONE_NEWUSER of linux/sched.h
_ORDINARY_USER, _NOBODY = 1000, 65534


def become_ordinary_user() -> None:
    """Enter a user namespace in which root is an ordinary user; OSError when that is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_USER_NAMESPACE):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{_ORDINARY_USER} 0 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{_ORDINARY_USER} 0 1", encoding="ascii")


def become_nobody(folder: Path) -> None:
    """Make the user `nobody` the owner of `folder` and its contents, then switch to that user, but not the group."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, _NOBODY, os.getgid(), follow_symlinks=False)
    around = folder.parent
    if not around.stat().st_mode & 0o001:
        os.chown(around, -1, os.getgid())
        around.chmod(around.stat().st_mode & 0o777 | 0o010)
    os.setgroups([])
    os.setuid(_NOBODY)


def main() -> None:
    """Drop root, then execute the program in place of this process."""
    folder, program = sys.argv[1:3]
    try:
        become_ordinary_user()
    except OSError:
        become_nobody(Path(folder))
    os.execv(program, sys.argv[2:])  # noqa: S606 server.py passes the full path


if __name__ == "__main__":
    main()
