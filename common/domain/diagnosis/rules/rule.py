"""What a rule is: which words, or which class of an exception, in which kind of statement prove which cause.

No pattern may try two unbounded parts against each other, since programs print lines of any content. No rule contains
words that also occur in successful runs (`Unable to find image … locally`).
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from common.domain.diagnosis.causes import CauseClass


class EvidenceSource(StrEnum):
    """Where a statement comes from."""

    NEXTFLOW = auto()  # Nextflow, on a task or on why it stops
    EXCEPTION = auto()  # the class and text of an exception, in the same record or in one that leads to it
    NOTED = auto()  # an error that Nextflow wrote before, and went on
    COMMAND = auto()  # the output of a failed command
    LAST_LINE = auto()  # the last line of that output, in addition
    EXIT = auto()  # an exit status
    SOURCE = auto()  # a script block that could not be evaluated
    INTERNAL = auto()  # Nextflow, on its own unexpected error
    SCRIPT = auto()  # an exception in the pipeline's code
    PIPELINE = auto()  # the pipeline itself, on what it was given
    SIGNAL = auto()  # the signal that ended the session
    BATCH = auto()  # Cloud Batch, on the head job
    HEAD = auto()  # the exit status of the head job


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of evidence, unchanged; `offset` is the byte in the log at which its record starts, None elsewhere."""

    source: EvidenceSource
    line: str
    file: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class CauseRule:
    """A statement from one of `sources` proves `cause` if it contains `pattern` or names one of `classes`.

    If `codes` are given, the exit status must be one of them.
    """

    cause: CauseClass
    sources: frozenset[EvidenceSource]
    pattern: re.Pattern[str] | None
    codes: Container[int] | None = None
    classes: frozenset[str] = frozenset()

    def is_proved_by(self, statement: Statement, exit_code: int | None) -> bool:
        """Whether `statement`, about a task or job that ended with `exit_code`, proves the cause."""
        fits = self.codes is None or (exit_code is not None and exit_code in self.codes)
        if not fits or statement.source not in self.sources:
            return False
        if self.pattern is None:
            return not self.classes.isdisjoint(_CLASS_NAME.findall(statement.line))
        return self.pattern.search(statement.line) is not None


def words(
    cause: CauseClass, sources: Sequence[EvidenceSource], pattern: str, codes: Container[int] | None = None
) -> CauseRule:
    """The rule that `pattern` in a statement from `sources` proves `cause`."""
    return CauseRule(cause, frozenset(sources), re.compile(pattern), codes)


def classes(cause: CauseClass, names: str) -> CauseRule:
    """The rule that an exception of one of the classes `names`, separated by blanks, proves `cause`."""
    return CauseRule(cause, frozenset({EvidenceSource.EXCEPTION}), None, classes=frozenset(names.split()))


# the simple name, with its package or without
_CLASS_NAME = re.compile(r"\b[A-Z]\w{0,99}(?:Exception|Error)\b")

STATED = (EvidenceSource.NEXTFLOW, EvidenceSource.EXCEPTION, EvidenceSource.SCRIPT, EvidenceSource.BATCH)
STATED_OR_PRINTED = (*STATED, EvidenceSource.COMMAND)
TOLD = (*STATED, EvidenceSource.PIPELINE)  # by Nextflow, Batch or the pipeline, in words meant for a reader

NO_WARNING = r"^(?!\s{0,9}(?:[^\w\s]{1,9}\s{1,9}){0,5}(?:\S{1,60}\s{1,9}){0,2}[^\w\s]{0,9}(?:warn(?:ing)?|info|note)\b)"
# What programs print is `what failed: reason`; advice has the reason in the middle of a sentence.
AS_REASON = rf"{NO_WARNING}(?:.*[:=)\]>-]\s{{0,9}})?[\"'`(]?"
AN_ERROR = rf"{NO_WARNING}(?=.*(?:error|exception|fatal|fail|abort|killed))"
