"""Jobs in Cloud Batch: their states, events and exit codes, and what they mean for a run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Self

from common.domain.runs.status import RunStatus

# The labels that Sluice gives each job, and the values of the second one.
RUN_LABEL, ROLE_LABEL = "sluice-run", "sluice-role"
HEAD_ROLE, TASK_ROLE = "head", "task"


class JobState(IntEnum):
    """The numbers of JobStatus.State in google.cloud.batch.v1; UNKNOWN also stands for states added there later."""

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


SIGNALS = range(129, 160)  # exit codes of signals: 128 plus the number, as shells report it
_NEW_STATE = re.compile(r"Job state is set from \w+ to (\w+)")  # the event of each change of state
_EXIT_CODE = re.compile(r"\bexit code (\d{1,5})\b")
# Events that explain why a job is queued or scheduled ("Batch Error: code - …, description - …"), and our words.
_REASONS_TO_WAIT = (
    (
        re.compile(r"CODE_GCE_QUOTA_EXCEEDED|(?i:\bquota\b.{0,200}\bexceeded\b|inadequate quotas?)"),
        "the quota for machines is used up; the run starts when other jobs end or the quota is raised",
    ),
    (
        re.compile(r"RESOURCE_POOL_EXHAUSTED|STOCKOUT|(?i:does not have enough resources)"),
        "Google has no free machine of this type at the moment; Batch keeps trying",
    ),
)
ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
LIVE = frozenset({JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING})
_STOPPING = frozenset({JobState.DELETION_IN_PROGRESS, JobState.CANCELLATION_IN_PROGRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKind:
    """What Batch allocated for each task of a job. `disks` and `accelerators` are stored as they are here."""

    machine_type: str | None = None
    provisioning_model: str | None = None  # STANDARD, SPOT, …
    task_pack: int | None = None  # the number of tasks that share one machine
    region: str | None = None  # that the job is bound to, or was made in
    disks: Sequence[Mapping[str, Any]] = ()  # type, gib, and whether it is the boot disk
    accelerators: Sequence[Mapping[str, Any]] = ()  # type, count


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One job; `events` are Batch's sentences about it, oldest first, then those about its task.

    `state_since` is when it entered its state, `created_at` when it was created, `running_since` when it had its
    machine; None when Batch does not say. A listing says nothing of its machine.
    """

    name: str
    uid: str
    state: JobState
    labels: Mapping[str, str]
    events: Sequence[str] = ()
    state_since: datetime | None = None
    created_at: datetime | None = None
    running_since: datetime | None = None
    machine: MachineKind = MachineKind()

    @property
    def last_event(self) -> str | None:
        return self.events[-1] if self.events else None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def has_succeeded(self) -> bool:
        return self.state == JobState.SUCCEEDED

    @property
    def needs_stopping(self) -> bool:
        """Whether it is neither over nor being stopped."""
        return self.state not in ENDED | _STOPPING

    @property
    def is_stopping(self) -> bool:
        return self.state in _STOPPING

    def ended_before(self, moment: datetime) -> bool:
        """Whether it ended before that moment; False if the time of its end is unknown."""
        return self.has_ended and self.state_since is not None and self.state_since < moment


def run_status_from(job: BatchJob, *, cancel_requested_at: datetime | None) -> RunStatus | None:
    """The status that a run has according to its head job; None if the head job does not decide it.

    A running head job only means that its machine is up: Nextflow's log shows when the run is running. A head job that
    failed after a cancel request was stopped by the cancel, which then ends the run.
    """
    match job.state:
        case JobState.SUCCEEDED:
            return RunStatus.COMPLETED
        case JobState.FAILED | JobState.CANCELLED:
            failed_by_itself = cancel_requested_at is None or job.ended_before(cancel_requested_at)
            return RunStatus.FAILED if failed_by_itself else None
        case JobState.QUEUED | JobState.SCHEDULED | JobState.RUNNING:
            return RunStatus.SUBMITTED
        case _:
            return None


def reason_to_wait(job: BatchJob) -> str:
    """Why a head job does not run Nextflow yet, for people.

    Only events since the job's last change of state count; reasons from earlier states no longer apply.
    """
    if job.state == JobState.RUNNING:
        return "the machine is up; Nextflow is starting"
    for event in reversed(_since_last_state(job.events)):
        for pattern, words in _REASONS_TO_WAIT:
            if pattern.search(event):
                return f"waiting for a machine: {words} ({event})"
    return "waiting for a machine"


def reason_for_end(head_job: BatchJob | None) -> str:
    """Why a head job ended, for people; None stands for a job that Batch no longer has."""
    if head_job is None:
        return "Cloud Batch no longer has the head job of this run; it may have been deleted"
    return head_job.last_event or f"Cloud Batch ended the head job as {head_job.state.name}"


def exit_code_in(events: Sequence[str]) -> tuple[int, str] | None:
    """The exit code in the events of a failed job, and the event that holds it; None when no event does.

    The code is the program's, or a BatchExitCode.
    """
    for event in reversed(events):
        if found := _EXIT_CODE.search(event):
            return int(found[1]), event
    return None


def is_change_of_state(event: str) -> bool:
    return _NEW_STATE.match(event) is not None


def state_set_by(event: str) -> str | None:
    """The name of the state that an event says the job is in now; None for an event that is no change of state."""
    found = _NEW_STATE.match(event)
    return found[1] if found else None


def _since_last_state(events: Sequence[str]) -> Sequence[str]:
    changes = [number for number, event in enumerate(events) if is_change_of_state(event)]
    return events[changes[-1] :] if changes else events
