"""Process, tag and hash of a Nextflow task, read from its name and its work directory."""

import re

_RUNNING_NUMBER = re.compile(r"[0-9]+")
_TASK_DIR = re.compile(r"(?:.*/)?([0-9a-f]{2})/([0-9a-f]{6})[0-9a-f]*/?", re.DOTALL)


def split_task_name(name: str) -> tuple[str, str | None]:
    """The process and the tag of `PROCESS (TAG)`; the tag is None if there is none.

    A tag may hold spaces, colons, semicolons and brackets. Nextflow also calls a task without a tag `PROCESS (N)`, N
    being its number, so digits alone are not a tag; only a trace with a column `tag` distinguishes the two.
    """
    process, bracket, tag = name[:-1].partition(" (") if name.endswith(")") else (name, "", "")
    if not (process and bracket):
        return name, None
    return process, None if _RUNNING_NUMBER.fullmatch(tag) else tag


def hash_of_work_dir(work_dir: str) -> str | None:
    """The hash `ab/12cdef` of the task that ran in `…/ab/12cdef3456…`; None for any other directory."""
    found = _TASK_DIR.fullmatch(work_dir)
    return f"{found[1]}/{found[2]}" if found else None
