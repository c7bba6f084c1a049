"""Machines and their limits: preemption, loss, running time, quotas, and the signals that end a command."""

from collections.abc import Sequence

from common.domain.batch.job import SIGNALS, BatchExitCode
from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import (
    AN_ERROR,
    STATED,
    TOLD,
    EvidenceSource,
    classes,
    words,
)


def _exit_code(codes: Sequence[BatchExitCode]) -> str:
    """A pattern for a sentence of Batch's that names one of its exit codes."""
    return rf"exit code (?:{'|'.join(str(code.value) for code in codes)})\b"


# SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS: the program's own fault, nobody sent the signal
_CRASHES = frozenset({132, 133, 134, 135, 136, 139, 159})
_KILLS = frozenset(SIGNALS) - _CRASHES
_PREEMPTED = (BatchExitCode.VM_PREEMPTION,)
_LOST = (
    BatchExitCode.VM_REPORTING_TIMEOUT,
    BatchExitCode.VM_REBOOTED,
    BatchExitCode.VM_AND_TASK_UNRESPONSIVE,
    BatchExitCode.VM_RECREATED,
)
_TOO_LONG = (BatchExitCode.TASK_OVER_MAX_RUNTIME,)
_EXIT = (EvidenceSource.EXIT, EvidenceSource.HEAD)

MACHINE_RULES = (
    words(CauseClass.PREEMPTED, _EXIT, "", codes=_PREEMPTED),
    words(CauseClass.PREEMPTED, STATED, rf"{_exit_code(_PREEMPTED)}|(?i:\bpreempted\b|\bspot (?:vm )?preemption\b)"),
    words(CauseClass.INTERNAL_ERROR, _EXIT, "", codes=_LOST),
    words(CauseClass.INTERNAL_ERROR, STATED, _exit_code(_LOST)),
    words(CauseClass.TIME_LIMIT, _EXIT, "", codes=_TOO_LONG),
    words(
        CauseClass.TIME_LIMIT,
        STATED,
        rf"{_exit_code(_TOO_LONG)}|[Pp]rocess exceeded running time limit|over the maximum runtime",
    ),
    # the words of Slurm, LSF, PBS and `timeout`
    words(
        CauseClass.TIME_LIMIT,
        (EvidenceSource.COMMAND,),
        r"\bDUE TO TIME LIMIT\b|\bTERM_RUNLIMIT\b"
        r"|(?i:\bwalltime \d{1,9}.{0,20} exceeded limit|\bjob exceeded .{0,20}walltime)",
    ),
)

QUOTA_RULES = (
    words(
        CauseClass.QUOTA,
        (*TOLD, EvidenceSource.INTERNAL),
        r"QUOTA_EXCEEDED|RESOURCE_EXHAUSTED|RESOURCE_POOL_EXHAUSTED|STOCKOUT|\bTOO_MANY_REQUESTS\b"
        r"|(?i:\bquota\b.{0,80}\bexceeded\b|\bexceeded\b.{0,40}\bquota\b|\brate limit.{0,20}\bexceeded\b"
        r"|\bexceeded\b.{0,40}\brate limit|\b429 too many requests\b|\brate ?limit ?exceeded\b)"
        r"|does not have enough resources available",
    ),
    # of a program that reads from a cloud or a web service
    words(CauseClass.QUOTA, (EvidenceSource.LAST_LINE,), rf"(?i:{AN_ERROR}.*\b429:? too many requests\b)"),
    classes(CauseClass.QUOTA, "RateLimitExceededException ResourceExhaustedException QuotaExceededException"),
)

# gRPC's statuses (https://grpc.io/docs/guides/status-codes), which Google's clients put before the text
STATUS_RULES = (
    # the jobs and tasks that Nextflow asks Batch for are its own (nextflow-io/nextflow#5690)
    words(CauseClass.INTERNAL_ERROR, STATED, r"\bNOT_FOUND: .{0,200}/jobs/"),
    words(
        CauseClass.CONFIG_ERROR,
        STATED,
        r"^(?:Caused by: )?(?:[\w.$]{1,200}: ){0,3}"
        r"(?:INVALID_ARGUMENT|FAILED_PRECONDITION|OUT_OF_RANGE|NOT_FOUND|UNIMPLEMENTED|ALREADY_EXISTS)(?::|$)"
        r"|\bCODE_(?:\w{1,60}_)?(?:NOT_FOUND|INVALID|UNSUPPORTED)(?:_\w{1,60})?\b",
    ),
    words(
        CauseClass.INTERNAL_ERROR,
        (*STATED, EvidenceSource.INTERNAL),
        r"^(?:Caused by: )?(?:[\w.$]{1,200}: ){0,3}"
        r"(?:DEADLINE_EXCEEDED|UNAVAILABLE|INTERNAL|UNKNOWN|ABORTED|CANCELLED|DATA_LOSS)(?::|$)|\bCODE_GCE_\w{1,60}",
    ),
    classes(
        CauseClass.CONFIG_ERROR,
        "InvalidArgumentException FailedPreconditionException OutOfRangeException NotFoundException"
        " UnimplementedException AlreadyExistsException",
    ),
    classes(
        CauseClass.INTERNAL_ERROR,
        "DeadlineExceededException UnavailableException InternalException UnknownException AbortedException"
        " CancelledException DataLossException",
    ),
)

EXIT_RULES = (
    words(CauseClass.KILLED_BY_SIGNAL, (EvidenceSource.SIGNAL,), ""),
    words(CauseClass.INTERNAL_ERROR, (EvidenceSource.HEAD,), "", codes=_CRASHES),
    words(CauseClass.KILLED_BY_SIGNAL, _EXIT, "", codes=_KILLS),
)
