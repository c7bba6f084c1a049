"""Which work to queue for a run that has been silent: one rule for each phase of the run and state of its head job.

Every rule only asks for work that reads the run again and repairs what it finds; no rule ends a live run. A wrong
answer from Batch, or none, therefore costs one work item and never a run.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Final

from common.domain.batch.job import ENDED, LIVE, BatchJob, JobState
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import WorkKind


class RunPhase(StrEnum):
    """The status of a run, with two distinctions: being cancelled, and, if finished, archived or not."""

    PENDING = auto()
    SUBMITTED = auto()
    RUNNING = auto()
    CANCELLING = auto()
    OVER = auto()  # the logs are not archived yet
    ARCHIVED = auto()


class NoHeadJob(StrEnum):
    """Why the state of a run's head job is not known."""

    NOT_ASKED_FOR = auto()  # no launch has claimed the run
    GONE = auto()  # Batch has no such job: it was not created, or was deleted
    NO_ANSWER = auto()  # Batch could not be reached


HeadJob = JobState | NoHeadJob
HEAD_JOBS: Final[tuple[HeadJob, ...]] = (*JobState, *NoHeadJob)


class Remedy(StrEnum):
    """What to do about a silent run: queue a kind of work, stop the head job, or nothing."""

    LAUNCH = WorkKind.LAUNCH
    SYNC = WorkKind.SYNC
    CANCEL = WorkKind.CANCEL
    ARCHIVE = WorkKind.ARCHIVE
    STOP_HEAD = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class ReconcileRule:
    """A remedy, the `name` of the action in the run's journal, and the reason (`why`) that people read there."""

    name: str
    remedy: Remedy
    why: str


_LAUNCHED: Final = frozenset({RunPhase.SUBMITTED, RunPhase.RUNNING})
_FINISHED: Final = frozenset({RunPhase.OVER, RunPhase.ARCHIVED})
_EXISTS_OR_UNKNOWN: Final = frozenset({*JobState, NoHeadJob.NO_ANSWER})
_NOT_LIVE: Final = frozenset(HEAD_JOBS) - LIVE

ALL_IS_WELL: Final = ReconcileRule("all_is_well", Remedy.NOTHING, "the run was checked recently")
_NOTHING_IS_LEFT: Final = ReconcileRule("nothing_is_left", Remedy.NOTHING, "the run and its head job are over")
_CANNOT_BE: Final = ReconcileRule("cannot_be", Remedy.NOTHING, "a run cannot get here; check its row in the database")

_RULES: Final[tuple[tuple[Collection[RunPhase], Collection[HeadJob], ReconcileRule], ...]] = (
    (
        {RunPhase.PENDING},
        {NoHeadJob.NOT_ASKED_FOR},
        ReconcileRule("launch_lost", Remedy.LAUNCH, "the launch that was queued for the run never started"),
    ),
    (
        {RunPhase.PENDING},
        {NoHeadJob.GONE},
        ReconcileRule(
            "launch_died_before_its_job", Remedy.LAUNCH, "a launch started and stopped before it created the head job"
        ),
    ),
    (
        {RunPhase.PENDING},
        _EXISTS_OR_UNKNOWN,
        ReconcileRule("launch_died_after_its_job", Remedy.LAUNCH, "a launch started and did not record its result"),
    ),
    (
        _LAUNCHED,
        _EXISTS_OR_UNKNOWN - ENDED,
        ReconcileRule("sync_died", Remedy.SYNC, "the run was not checked for a while; its head job may be running"),
    ),
    (
        _LAUNCHED,
        ENDED,
        ReconcileRule("end_unnoticed", Remedy.SYNC, "the head job has ended, but the run was not updated"),
    ),
    (
        _LAUNCHED,
        {NoHeadJob.GONE},
        ReconcileRule("job_gone", Remedy.SYNC, "Cloud Batch no longer has the head job of this run"),
    ),
    (
        {RunPhase.CANCELLING},
        _EXISTS_OR_UNKNOWN | {NoHeadJob.GONE},
        ReconcileRule("cancel_died", Remedy.CANCEL, "the requested cancel stopped half way"),
    ),
    (
        _LAUNCHED | {RunPhase.CANCELLING},
        {NoHeadJob.NOT_ASKED_FOR},
        _CANNOT_BE,
    ),
    (
        _FINISHED,
        LIVE,
        ReconcileRule("orphaned_head", Remedy.STOP_HEAD, "the run is over, but its head job is still running"),
    ),
    (
        {RunPhase.OVER},
        _NOT_LIVE,
        ReconcileRule("archive_lost", Remedy.ARCHIVE, "the run is over, but some of its logs are not archived"),
    ),
    (
        {RunPhase.ARCHIVED},
        _NOT_LIVE,
        _NOTHING_IS_LEFT,
    ),
)
RULES: Final[Mapping[tuple[RunPhase, HeadJob], ReconcileRule]] = MappingProxyType(
    {(phase, head): rule for phases, heads, rule in _RULES for phase in phases for head in heads}
)


def rule_for(phase: RunPhase, head: HeadJob, *, silent: timedelta, patience: timedelta) -> ReconcileRule:
    """The rule for a run that has been silent for `silent`; ALL_IS_WELL up to `patience`."""
    return RULES[phase, head] if silent > patience else ALL_IS_WELL


def retry_number(remedy: Remedy, *, silent: timedelta, patience: timedelta) -> int:
    """The number of the attempt that is due: one more for every further `patience` of silence.

    For an archive, one more each time the silence doubles: each attempt reads all the logs, and what is missing may
    arrive within minutes or only when somebody grants a role.
    """
    periods = silent // patience
    return periods.bit_length() if remedy == Remedy.ARCHIVE else periods


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


def head_job_state(job: BatchJob | None) -> HeadJob:
    """The state of a head job; GONE for None, which is Batch's answer when it has no such job."""
    return NoHeadJob.GONE if job is None else job.state


def last_checked(run: Run) -> datetime:
    """When the run was last synced or changed; for a run that is over, when it last changed."""
    return run.synced_at if run.synced_at and not run.is_over else run.updated_at
