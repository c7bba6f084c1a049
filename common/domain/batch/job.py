"""What Cloud Batch says of a job, and what that means for its run (DESIGN 4: Batch is the authority on the end)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Self

from common.domain.runs.status import RunStatus


class JobState(IntEnum):
    """google.cloud.batch.v1 JobStatus.State, number by number; UNKNOWN for any that is younger than this code."""

    UNKNOWN = 0
    QUEUED = 1
    SCHEDULED = 2
    RUNNING = 3
    SUCCEEDED = 4
    FAILED = 5
    DELETION_IN_PROGRESS = 6
    CANCELLATION_IN_PROGRESS = 7
    CANCELLED = 8

    @classmethod
    def from_number(cls, number: int) -> Self:
        return cls(number) if number in cls._value2member_map_ else cls(0)


class BatchExitCode(IntEnum):
    """Exit codes that Batch itself gives a task (Google Cloud's documentation, "Reserved exit codes")."""

    VM_PREEMPTION = 50001
    VM_REPORTING_TIMEOUT = 50002
    VM_REBOOTED = 50003
    VM_AND_TASK_UNRESPONSIVE = 50004
    TASK_OVER_MAX_RUNTIME = 50005
    VM_RECREATED = 50006


_NEW_STATE = re.compile(r"Job state is set from \w+ to \w+")  # how Batch tells that a job changed its state
_EXIT_CODE = re.compile(r"\bexit code (\d{1,5})\b")
# What holds up a job that is queued or scheduled, as Batch words it ("Batch Error: code - …, description - …").
_HINDRANCES = (
    (
        re.compile(r"CODE_GCE_QUOTA_EXCEEDED|(?i:\bquota\b.{0,200}\bexceeded\b|inadequate quotas?)"),
        "no quota is left for its machine; it starts when other jobs end or the quota is raised",
    ),
    (
        re.compile(r"RESOURCE_POOL_EXHAUSTED|STOCKOUT|(?i:does not have enough resources)"),
        "Google has no such machine free at the moment; Batch keeps trying",
    ),
)
ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
LIVE = frozenset({JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING})
_STOPPING = frozenset({JobState.DELETION_IN_PROGRESS, JobState.CANCELLATION_IN_PROGRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One job; `events` is what Batch wrote about it, oldest first, and last what it wrote about its task.

    `state_since` is when it entered its state; None when Batch does not say.
    """

    name: str
    uid: str
    state: JobState
    labels: Mapping[str, str]
    events: Sequence[str] = ()
    state_since: datetime | None = None

    @property
    def last_event(self) -> str | None:
        return self.events[-1] if self.events else None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def needs_stopping(self) -> bool:
        """Whether it would, if nobody stopped it."""
        return self.state not in ENDED | _STOPPING

    def ended_before(self, moment: datetime) -> bool:
        """Whether it is known to have ended before that moment."""
        return self.has_ended and self.state_since is not None and self.state_since < moment


def run_status_from(job: BatchJob, *, cancel_requested_at: datetime | None) -> RunStatus | None:
    """The state a run should be in by what its head job is; None when that says nothing.

    A running head is only a machine: that Nextflow runs on it is said by its log. A head that fails after a cancel
    was asked for was stopped by it, and is left to it; one that had ended before stays as it ended.
    """
    match job.state:
        case JobState.SUCCEEDED:
            return RunStatus.COMPLETED
        case JobState.FAILED | JobState.CANCELLED:
            ended_by_itself = cancel_requested_at is None or job.ended_before(cancel_requested_at)
            return RunStatus.FAILED if ended_by_itself else None
        case JobState.QUEUED | JobState.SCHEDULED | JobState.RUNNING:
            return RunStatus.SUBMITTED
        case _:
            return None


def reason_to_wait(job: BatchJob) -> str:
    """Why a head job that was made does not run Nextflow yet, in words for people.

    Only what Batch said since the job's last change of state counts: a hindrance of an earlier state is overcome.
    """
    if job.state == JobState.RUNNING:
        return "the machine is up; Nextflow is starting"
    for event in reversed(_since_last_state(job.events)):
        for pattern, words in _HINDRANCES:
            if pattern.search(event):
                return f"waiting for a machine: {words} ({event})"
    return "waiting for a machine"


def exit_code_in(events: Sequence[str]) -> tuple[int, str] | None:
    """The exit code that events of a failed job tell, and the event that does; None when none does.

    It is that of what ran in the job, or one of Batch's own from 50000 on.
    """
    for event in reversed(events):
        if found := _EXIT_CODE.search(event):
            return int(found[1]), event
    return None


def is_change_of_state(event: str) -> bool:
    return _NEW_STATE.match(event) is not None


def _since_last_state(events: Sequence[str]) -> Sequence[str]:
    moves = [number for number, event in enumerate(events) if is_change_of_state(event)]
    return events[moves[-1] :] if moves else events
