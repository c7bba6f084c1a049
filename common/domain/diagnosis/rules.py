"""One ordered table: which words of Nextflow, a failed command or Cloud Batch prove which cause.

The first rule that fits any statement decides, so specific rules stand above general ones. No rule contains words that
also occur in successful runs (`Unable to find image … locally`).
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from common.domain.batch.job import BatchExitCode


class CauseClass(StrEnum):
    """Why a run failed; UNKNOWN if no other cause is proved."""

    OUT_OF_MEMORY = "out_of_memory"
    PREEMPTED = "preempted"
    MISSING_OUTPUT = "missing_output"
    MISSING_INPUT = "missing_input"
    COMMAND_FAILED = "command_failed"
    SCRIPT_ERROR = "script_error"
    CONFIG_ERROR = "config_error"
    INTERNAL_ERROR = "internal_error"
    QUOTA = "quota"
    PERMISSION = "permission"
    IMAGE_PULL = "image_pull"
    DISK_FULL = "disk_full"
    KILLED_BY_SIGNAL = "killed_by_signal"
    UNKNOWN = "unknown"


class EvidenceSource(StrEnum):
    """Where a statement comes from."""

    NEXTFLOW = auto()  # Nextflow, on a task or on why it stops
    COMMAND = auto()  # the output of a failed command
    LAST_LINE = auto()  # the last line of that output, in addition
    EXIT = auto()  # an exit status
    SOURCE = auto()  # a script block that could not be evaluated
    INTERNAL = auto()  # Nextflow, on its own unexpected error
    SCRIPT = auto()  # an exception in the pipeline's code, or the error that it wrote last
    SIGNAL = auto()  # the signal that ended the session
    BATCH = auto()  # Cloud Batch, on the head job


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of evidence, unchanged; `offset` is the byte in the log at which its record starts, None elsewhere."""

    source: EvidenceSource
    line: str
    file: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class CauseRule:
    """A statement from one of `sources` that contains `pattern` proves `cause`, if the exit status is in `codes`."""

    cause: CauseClass
    sources: frozenset[EvidenceSource]
    pattern: re.Pattern[str]
    codes: Container[int] | None = None

    def is_proved_by(self, statement: Statement, exit_code: int | None) -> bool:
        """Whether `statement`, about a task or job that ended with `exit_code`, proves the cause."""
        fits = self.codes is None or (exit_code is not None and exit_code in self.codes)
        return fits and statement.source in self.sources and self.pattern.search(statement.line) is not None


def _rule(
    cause: CauseClass, sources: Sequence[EvidenceSource], pattern: str, codes: Container[int] | None = None
) -> CauseRule:
    return CauseRule(cause, frozenset(sources), re.compile(pattern), codes)


def _exit_code(codes: Sequence[BatchExitCode]) -> str:
    """A pattern for a sentence of Batch's that names one of its exit codes."""
    return rf"exit code (?:{'|'.join(str(code.value) for code in codes)})\b"


SIGNALS = range(129, 160)  # 128 plus the number of the signal, as shells report it
_FAILURES = range(1, 10**9)
_PREEMPTED = (BatchExitCode.VM_PREEMPTION,)
_LOST_MACHINE = (
    BatchExitCode.VM_REPORTING_TIMEOUT,
    BatchExitCode.VM_REBOOTED,
    BatchExitCode.VM_AND_TASK_UNRESPONSIVE,
    BatchExitCode.VM_RECREATED,
)
_TOO_LONG = (BatchExitCode.TASK_OVER_MAX_RUNTIME,)
_STATED = (EvidenceSource.NEXTFLOW, EvidenceSource.SCRIPT, EvidenceSource.BATCH)
_STATED_OR_PRINTED = (*_STATED, EvidenceSource.COMMAND)

# Programs also print these words when nothing is wrong, so they count only in an error message or in the last line.
_OUT_OF_MEMORY = r"\bout of memory\b"
_FORBIDDEN = r"\b403 Forbidden\b"
# ENOSPC and EDQUOT, as the C library, Java, Python and Rust say it; Google's quota of disks is a matter of QUOTA
_NO_SPACE = r"\b(?:no space left on (?:the )?device|ENOSPC)\b"
_DISK_FULL = rf"(?:{_NO_SPACE}|\b(?:disk quota exceeded|EDQUOT)\b)"
_NO_WARNING = r"^(?!\s*(?:[^\w\s]+\s+)*(?:\S+\s+){0,2}[^\w\s]*(?:warn(?:ing)?|info|note)\b)"
# What programs print is `what failed: reason`; advice has the reason in the middle of a sentence.
_AS_REASON = rf"{_NO_WARNING}(?:.*[:=)\]>-]\s*)?[\"'`(]?"
_AN_ERROR = rf"{_NO_WARNING}(?=.*(?:error|exception|fatal|fail|abort|killed))"

RULES: tuple[CauseRule, ...] = (
    _rule(
        CauseClass.MISSING_OUTPUT,
        (EvidenceSource.NEXTFLOW,),
        r"^Missing (?:output file|value declared as output|output value)",
    ),
    _rule(CauseClass.PREEMPTED, (EvidenceSource.EXIT,), "", codes=_PREEMPTED),
    _rule(CauseClass.PREEMPTED, _STATED, rf"{_exit_code(_PREEMPTED)}|(?i:\bpreempted\b|\bspot (?:vm )?preemption\b)"),
    _rule(CauseClass.INTERNAL_ERROR, (EvidenceSource.EXIT,), "", codes=_LOST_MACHINE),
    _rule(CauseClass.INTERNAL_ERROR, _STATED, _exit_code(_LOST_MACHINE)),
    _rule(CauseClass.KILLED_BY_SIGNAL, (EvidenceSource.EXIT,), "", codes=_TOO_LONG),
    _rule(CauseClass.KILLED_BY_SIGNAL, _STATED, _exit_code(_TOO_LONG)),
    # above IMAGE_PULL: the layers of an image fill the same disk
    _rule(CauseClass.DISK_FULL, (EvidenceSource.BATCH,), rf"(?i:{_NO_SPACE})"),
    _rule(
        CauseClass.DISK_FULL,
        (EvidenceSource.NEXTFLOW, EvidenceSource.SCRIPT, EvidenceSource.INTERNAL, EvidenceSource.LAST_LINE),
        rf"(?i:{_NO_WARNING}.*{_DISK_FULL})",
    ),
    _rule(CauseClass.DISK_FULL, (EvidenceSource.COMMAND,), rf"(?i:{_AS_REASON}{_DISK_FULL}|{_AN_ERROR}.*{_DISK_FULL})"),
    _rule(
        CauseClass.IMAGE_PULL,
        _STATED_OR_PRINTED,
        r"\b(?:Err)?ImagePull(?:BackOff)?\b|CannotPullContainerError|pull access denied|manifest unknown"
        r"|manifest for \S+ not found|(?i:unable to pull|error pulling image|failed to pull (?:singularity )?image)",
    ),
    _rule(
        CauseClass.OUT_OF_MEMORY,
        (*_STATED_OR_PRINTED, EvidenceSource.INTERNAL),
        r"\bOutOfMemoryError\b|\bOOMKilled\b|\boom[-_]kill|Java heap space|std::bad_alloc|\bMemoryError\b"
        r"|(?i:cannot allocate (?:memory|vector))",
    ),
    _rule(CauseClass.OUT_OF_MEMORY, (*_STATED, EvidenceSource.INTERNAL), rf"(?i:{_OUT_OF_MEMORY})"),
    _rule(CauseClass.OUT_OF_MEMORY, (EvidenceSource.COMMAND,), rf"(?i:{_AN_ERROR}.*{_OUT_OF_MEMORY})"),
    _rule(CauseClass.OUT_OF_MEMORY, (EvidenceSource.LAST_LINE,), rf"(?i:{_NO_WARNING}.*{_OUT_OF_MEMORY})"),
    # the shell survived its child; a kill of the whole container would have ended both
    _rule(CauseClass.OUT_OF_MEMORY, (EvidenceSource.COMMAND,), r"\bKilled\b", codes=(137,)),
    _rule(
        CauseClass.QUOTA,
        _STATED,
        r"QUOTA_EXCEEDED|RESOURCE_EXHAUSTED|RESOURCE_POOL_EXHAUSTED|STOCKOUT|(?i:\bquota\b.{0,80}\bexceeded\b)"
        r"|(?i:exceeded\b.{0,40}\bquota\b)|does not have enough resources available",
    ),
    _rule(
        CauseClass.PERMISSION,
        _STATED_OR_PRINTED,
        r"PERMISSION_DENIED|AccessDenied|does not have [^\s.]{1,100}\.\S{1,200} (?:access|permission)"
        r"|Permission '?[\w.]{1,200}'? denied",
    ),
    _rule(CauseClass.PERMISSION, _STATED, _FORBIDDEN),
    _rule(CauseClass.PERMISSION, (EvidenceSource.COMMAND,), rf"(?i:{_AN_ERROR}.*{_FORBIDDEN})"),
    _rule(CauseClass.PERMISSION, (EvidenceSource.LAST_LINE,), rf"(?i:{_NO_WARNING}.*{_FORBIDDEN})"),
    _rule(CauseClass.PERMISSION, _STATED, r"(?i:\b(?:permission|access) denied\b)"),
    _rule(CauseClass.PERMISSION, (EvidenceSource.COMMAND,), r"Permission denied", codes=(126,)),
    _rule(
        CauseClass.CONFIG_ERROR,
        _STATED,
        r"Unable to parse config file|Unknown config(?:uration)? (?:profile|attribute)|Process requirement exceeds? "
        r"available|Invalid AWS Batch job definition|Unknown executor name|[Uu]nknown option|Config file does not exist"
        r"|Validation of pipeline parameters failed|Missing required parameter",
    ),
    _rule(
        CauseClass.SCRIPT_ERROR,
        _STATED,
        r"Script compilation error|Module compilation error|Cannot find script file|Not a valid project name"
        r"|Missing process or function|No signature of method|(?:Unknown|No such) (?:variable|property)"
        r"|Cannot (?:get property|invoke method|set property|cast object)|Process clause `|input file name collision"
        r"|-- Check script|script contains error",
    ),
    _rule(CauseClass.SCRIPT_ERROR, (EvidenceSource.SOURCE,), r"\S"),
    _rule(
        CauseClass.MISSING_INPUT,
        (EvidenceSource.NEXTFLOW, EvidenceSource.SCRIPT),
        r"Can't stage file|Unable to stage foreign file|No such file or directory|NoSuchFileException"
        r"|(?i:\bfile\b.{0,500}\bdoes not exist\b)|Cannot find .{0,80}\bfile\b",
    ),
    _rule(
        CauseClass.INTERNAL_ERROR, (EvidenceSource.NEXTFLOW,), r"Unable to acquire lock on session|^Can't open cache DB"
    ),
    _rule(CauseClass.INTERNAL_ERROR, (EvidenceSource.INTERNAL,), ""),
    _rule(CauseClass.KILLED_BY_SIGNAL, (EvidenceSource.SIGNAL,), ""),
    _rule(CauseClass.KILLED_BY_SIGNAL, (EvidenceSource.EXIT,), "", codes=SIGNALS),
    _rule(CauseClass.COMMAND_FAILED, (EvidenceSource.EXIT,), "", codes=_FAILURES),
    _rule(CauseClass.COMMAND_FAILED, (EvidenceSource.NEXTFLOW,), r"^Essential container in task exited"),
    _rule(CauseClass.SCRIPT_ERROR, (EvidenceSource.SCRIPT,), ""),
)


def proof_in(statements: Sequence[Statement], exit_code: int | None) -> tuple[CauseClass, Statement] | None:
    """The cause that `statements` prove, and the statement that proves it; None if they prove nothing."""
    for rule in RULES:
        for statement in statements:
            if rule.is_proved_by(statement, exit_code):
                return rule.cause, statement
    return None
