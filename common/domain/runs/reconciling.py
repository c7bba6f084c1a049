"""What becomes of a run that nobody has heard of for a while: one rule for each of its states and its head job's.

Pure. A rule only ever asks for work that looks at the run again and heals what it finds; none ends a live run. So a
wrong answer of Batch, or none, costs a look and no run.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Final

from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus


class RunPhase(StrEnum):
    """Where a run stands: its status, with those to be cancelled apart; those that are over are of two kinds."""

    PENDING = auto()
    SUBMITTED = auto()
    RUNNING = auto()
    CANCELLING = auto()
    OVER = auto()  # and its logs are not archived
    ARCHIVED = auto()


class HeadJob(StrEnum):
    """What is known of a run's head job: Batch's own states, and three for when Batch has none."""

    NOT_ASKED_FOR = auto()  # no launch has claimed the run
    GONE = auto()  # Batch does not know it: not made, or removed
    NO_ANSWER = auto()  # Batch is away
    UNKNOWN = auto()
    QUEUED = auto()
    SCHEDULED = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    DELETION_IN_PROGRESS = auto()
    CANCELLATION_IN_PROGRESS = auto()
    CANCELLED = auto()


class Remedy(StrEnum):
    """What is to be done: kinds of work items, but for the last two."""

    LAUNCH = auto()
    SYNC = auto()
    CANCEL = auto()
    ARCHIVE = auto()
    STOP_HEAD = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class ReconcileRule:
    """`name` is what the journal calls the action, `why` says it in words."""

    name: str
    remedy: Remedy
    why: str


_ENDED: Final = frozenset({HeadJob.SUCCEEDED, HeadJob.FAILED, HeadJob.CANCELLED})
_ALIVE: Final = frozenset({HeadJob.QUEUED, HeadJob.SCHEDULED, HeadJob.RUNNING})
_UNCLEAR: Final = frozenset({HeadJob.UNKNOWN, HeadJob.DELETION_IN_PROGRESS, HeadJob.CANCELLATION_IN_PROGRESS})
_LAUNCHED: Final = frozenset({RunPhase.SUBMITTED, RunPhase.RUNNING})

ALL_IS_WELL: Final = ReconcileRule("all_is_well", Remedy.NOTHING, "the run was heard of a moment ago")
_NOTHING_IS_LEFT: Final = ReconcileRule("nothing_is_left", Remedy.NOTHING, "the run is over and so is its head job")
_CANNOT_BE: Final = ReconcileRule("cannot_be", Remedy.NOTHING, "no run gets here; look at its row")

_RULES: Final[tuple[tuple[Collection[RunPhase], Collection[HeadJob], ReconcileRule], ...]] = (
    (
        {RunPhase.PENDING},
        {HeadJob.NOT_ASKED_FOR},
        ReconcileRule("launch_lost", Remedy.LAUNCH, "the launch that was queued with the run never came"),
    ),
    (
        {RunPhase.PENDING},
        {HeadJob.GONE},
        ReconcileRule("launch_died_before_its_job", Remedy.LAUNCH, "a launch has claimed the run and made no job"),
    ),
    (
        {RunPhase.PENDING},
        {HeadJob.NO_ANSWER, *_ALIVE, *_UNCLEAR, *_ENDED},
        ReconcileRule(
            "launch_died_after_its_job", Remedy.LAUNCH, "a launch has claimed the run and did not say how it went"
        ),
    ),
    (
        _LAUNCHED,
        {HeadJob.NO_ANSWER, *_ALIVE, *_UNCLEAR},
        ReconcileRule("sync_died", Remedy.SYNC, "nobody has looked at the run since, and its head job may go on"),
    ),
    (
        _LAUNCHED,
        _ENDED,
        ReconcileRule("end_unnoticed", Remedy.SYNC, "the head job has ended and nobody noticed"),
    ),
    (
        _LAUNCHED,
        {HeadJob.GONE},
        ReconcileRule("job_gone", Remedy.SYNC, "Cloud Batch no longer knows the head job"),
    ),
    (
        {RunPhase.CANCELLING},
        set(HeadJob) - {HeadJob.NOT_ASKED_FOR},
        ReconcileRule("cancel_died", Remedy.CANCEL, "the cancel that was asked for stopped half way"),
    ),
    (
        {RunPhase.SUBMITTED, RunPhase.RUNNING, RunPhase.CANCELLING},
        {HeadJob.NOT_ASKED_FOR},
        _CANNOT_BE,
    ),
    (
        {RunPhase.OVER, RunPhase.ARCHIVED},
        _ALIVE,
        ReconcileRule("orphaned_head", Remedy.STOP_HEAD, "the run is over and its head job goes on"),
    ),
    (
        {RunPhase.OVER},
        set(HeadJob) - _ALIVE,
        ReconcileRule("archive_lost", Remedy.ARCHIVE, "the run is over and not all of its logs are archived"),
    ),
    (
        {RunPhase.ARCHIVED},
        set(HeadJob) - _ALIVE,
        _NOTHING_IS_LEFT,
    ),
)
RULES: Final[Mapping[tuple[RunPhase, HeadJob], ReconcileRule]] = MappingProxyType(
    {(standing, head): rule for standings, heads, rule in _RULES for standing in standings for head in heads}
)


def rule_for(standing: RunPhase, head: HeadJob, *, silent: timedelta, patience: timedelta) -> ReconcileRule:
    """What to do about a run of which nothing was heard for `silent`; nothing before that exceeds `patience`."""
    return RULES[standing, head] if silent > patience else ALL_IS_WELL


def retry_number(remedy: Remedy, *, silent: timedelta, patience: timedelta) -> int:
    """Which asking for a remedy it is time for: one follows each time that the silence is as long again as it may be.

    For an archive, each time that it has doubled: what an archive lacks may take minutes to arrive, or as long as
    somebody takes to grant a role, and each attempt reads all the logs.
    """
    turn = silent // patience
    return turn.bit_length() if remedy == Remedy.ARCHIVE else turn


def phase_of(run: Run) -> RunPhase:
    if run.is_over:
        return RunPhase.ARCHIVED if run.archived_at else RunPhase.OVER
    if run.cancel_requested_at:
        return RunPhase.CANCELLING
    return {
        RunStatus.PENDING: RunPhase.PENDING,
        RunStatus.SUBMITTED: RunPhase.SUBMITTED,
        RunStatus.RUNNING: RunPhase.RUNNING,
    }[run.status]


def head_job_of(job: BatchJob | None) -> HeadJob:
    """What Batch answered about a head job; None is that it does not know it."""
    return HeadJob.GONE if job is None else _BY_STATE[job.state]


_BY_STATE: Final[Mapping[JobState, HeadJob]] = MappingProxyType({state: HeadJob[state.name] for state in JobState})


def last_heard(run: Run) -> datetime:
    """When somebody last had to do with a run."""
    return run.synced_at if run.synced_at and not run.is_over else run.updated_at
