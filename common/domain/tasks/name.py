"""What the name and the work directory of a Nextflow task say about it."""

import re

_RUNNING_NUMBER = re.compile(r"[0-9]+")
_TASK_DIR = re.compile(r"(?:.*/)?([0-9a-f]{2})/([0-9a-f]{6})[0-9a-f]*/?", re.DOTALL)


def split_task_name(name: str) -> tuple[str, str | None]:
    """The process and the tag of `PROCESS (TAG)`; the tag is None when there is none.

    Tags hold anything: spaces, colons, semicolons, brackets. A task without a tag may be called `PROCESS (N)` with a
    running number, so digits alone count as none; a trace with a column for tags tells it better (fact 47).
    """
    process, bracket, tag = name[:-1].partition(" (") if name.endswith(")") else (name, "", "")
    if not (process and bracket):
        return name, None
    return process, None if _RUNNING_NUMBER.fullmatch(tag) else tag


def hash_of_work_dir(work_dir: str) -> str | None:
    """The hash `ab/12cdef` of the task that ran in `…/ab/12cdef3456…`; None when this is no task's directory."""
    found = _TASK_DIR.fullmatch(work_dir)
    return f"{found[1]}/{found[2]}" if found else None
