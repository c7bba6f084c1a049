"""Which failures are the same: runs with one fingerprint failed in the same process for the same reason.

What differs between two runs with the same failure is replaced before the texts are compared: addresses, paths, hashes,
ids, numbers, times, and the tag of the task, which usually names a sample.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from common.domain.diagnosis.causes import CauseClass

_LONGEST_LINE: Final = 1_000  # characters
_MESSAGE_LINES: Final = 4  # a compiler's message names the file first and the fault in the fourth line
_SHORTEST_TAG: Final = 3  # characters; a shorter one is part of too many words
_DEEPEST: Final = 5  # brackets inside brackets
# A later release, which may run already, may have stored a cause that is not among these; here it is unknown.
_CAUSES: Final = {cause.value: cause for cause in CauseClass}
# The cause says it all; which of the program's lines come last is chance.
_SAY_ENOUGH: Final = frozenset(
    {
        CauseClass.OUT_OF_MEMORY,
        CauseClass.PREEMPTED,
        CauseClass.DISK_FULL,
        CauseClass.TIME_LIMIT,
        CauseClass.QUOTA,
        CauseClass.KILLED_BY_SIGNAL,
    }
)
# Nextflow's and our own sentence for a failed command; the reason is in what the command printed.
_EXIT_STATUS: Final = re.compile(r"terminated with an error exit status|ended with exit status|^Essential container in")
_HEADING: Final = re.compile(rf"^Error executing process > |{_EXIT_STATUS.pattern}")
# Programs often print a fixed last line after the error, such as R's "Execution halted".
_AN_ERROR: Final = re.compile(
    r"error|exception|fail|cannot|can't|could not|unable|no such|not found|denied", re.IGNORECASE
)

_PLACE: Final = "…"
_BRACKETED: Final = re.compile(r"\[[^\[\]]*\]")
_ADDRESS: Final = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s'\"`<>|)\]]+", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<![\w.~+@%=:/-])[\w.~+@%=:-]*(?:/[\w.~+@%=:,*$-]+)+/?")
_DATE_NAME: Final = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b(?=[ ,.-]{1,2}…)"
)
_WORD_WITH_DIGIT: Final = re.compile(r"(?<![\w.+@:-])[\w.+@:-]*\d[\w.+@:-]*")
_HEX: Final = re.compile(r"\b[0-9a-fA-F]{6,}\b")
_PLACES: Final = re.compile(r"…(?:[\s,;:._+-]{0,3}…)+")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """What the runs of one group have in common. `process` has no scope; None if no task failed.

    `line` is the line that proves the cause, with a placeholder for all that differs; empty if the cause says enough.
    """

    cause: CauseClass
    process: str | None
    line: str

    @property
    def fingerprint(self) -> str:
        """32 hex digits."""
        text = "\0".join((self.cause, self.process or "", self.line))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def failure_group(diagnosis: Mapping[str, Any]) -> FailureGroup | None:
    """The group of a failure, from its stored diagnosis (FailureDiagnosis.as_json).

    None if nothing is known of the failure: two failures of which nothing is known are not the same.
    """
    cause, task = _CAUSES.get(diagnosis.get("cause", ""), CauseClass.UNKNOWN), diagnosis.get("error_task")
    process, tag = process_of(task), _tag_of(task)
    if cause in _SAY_ENOUGH:
        return FailureGroup(cause, process, "")
    line = " ".join(filter(None, (_normalised(line, task, process, tag) for line in _proof(diagnosis))))
    return FailureGroup(cause, process, line[:_LONGEST_LINE]) if line else None


def process_of(task: str | None) -> str | None:
    """The process of a task without its scope: STAR_ALIGN of `NFCORE:SCRNASEQ:STAR_ALIGN (sample 1)`."""
    return task.partition(" (")[0].rpartition(":")[2] if task else None


def _tag_of(task: str | None) -> str:
    return task.partition(" (")[2].removesuffix(")") if task else ""


def _proof(diagnosis: Mapping[str, Any]) -> Iterator[str]:
    """The lines that tell this failure from others with its cause: the message, else the last error in the evidence."""
    message = str(diagnosis.get("message") or "")
    if message and not _EXIT_STATUS.search(message):
        yield from islice((line for line in message.splitlines() if line.strip()), _MESSAGE_LINES)
        return
    lines = [evidence["line"] for evidence in reversed(diagnosis.get("evidence") or ())]
    errors = (line for line in lines if _AN_ERROR.search(line) and not _HEADING.search(line))
    yield next(errors, lines[0] if lines else message)


def _normalised(line: str, task: str | None, process: str | None, tag: str) -> str:
    text = line[:_LONGEST_LINE].strip()
    if task and process:
        text = text.replace(task, process).replace(f"{process} ({tag})", process)
    if len(tag) >= _SHORTEST_TAG:
        text = text.replace(tag, _PLACE)
    for _ in range(_DEEPEST):
        text, found = _BRACKETED.subn(_PLACE, text)
        if not found:
            break
    for pattern in (_ADDRESS, _PATH, _WORD_WITH_DIGIT, _HEX):
        text = pattern.sub(_PLACE, text)
    text = _DATE_NAME.sub(_PLACE, text)
    return _BLANKS.sub(" ", _PLACES.sub(_PLACE, text)).strip()
