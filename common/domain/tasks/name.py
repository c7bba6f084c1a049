"""Process, tag and hash of a Nextflow task, read from its name, its work directory and notes about it."""

import re

_TASK_DIR = re.compile(r"(?:.*/)?([0-9a-f]{2}/[0-9a-f]{6})([0-9a-f]*)/?", re.DOTALL)
_FURTHER_DIGITS = 24  # of the 32 that a hash has
_NAMED = re.compile(r"[Pp]rocess `([^`]+)`")


def split_task_name(name: str) -> tuple[str, str | None]:
    """The process and the tag of `PROCESS (TAG)`; the tag is None if there is none.

    A tag may hold spaces, colons, semicolons and brackets. Nextflow also calls a task without a tag `PROCESS (N)`, N
    being its number, so digits alone are not a tag; only a trace with a column `tag` distinguishes the two.
    """
    process, bracket, tag = name[:-1].partition(" (") if name.endswith(")") else (name, "", "")
    if not (process and bracket):
        return name, None
    return process, None if tag.isascii() and tag.isdigit() else tag


def hash_of_work_dir(work_dir: str) -> str | None:
    """The hash `ab/12cdef` of the task that ran in `…/ab/12cdef3456…`; None for any other directory."""
    found = _TASK_DIR.fullmatch(work_dir)
    return found and found[1]


def further_digits(work_dir: str | None) -> str | None:
    """The digits of a task's hash that follow the first eight; None where the directory does not have them."""
    found = _TASK_DIR.fullmatch(work_dir) if work_dir else None
    return found[2][:_FURTHER_DIGITS] or None if found else None


def name_in_note(note: str) -> str:
    """The task that a note is about, such as ``Process `ALIGN (s1)` terminated with …``; empty when it names none."""
    found = _NAMED.search(note)
    return found[1] if found else ""
