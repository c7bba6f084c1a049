"""What Cloud Batch says of a job, and what that means for its run (DESIGN 4: Batch is the authority on the end)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from common.domain.run_status import RunStatus


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


_CHILD_JOB = re.compile(r"/nf-([0-9a-f]{2})([0-9a-f]{6})-\d+$")
ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJob:
    """One job; `last_event` is the newest sentence that Batch wrote about it."""

    name: str
    uid: str
    state: JobState
    labels: Mapping[str, str]
    last_event: str | None = None

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


def status_meant_by(job: BatchJob, *, cancel_requested: bool) -> RunStatus | None:
    """The state a run should be in by what its head job is; None when that says nothing.

    A running head is only a machine: that Nextflow runs on it is said by its log. A head that ends after a cancel
    was asked for is left to the cancel, which also stops the children; one that finished first stays finished.
    """
    match job.state:
        case JobState.SUCCEEDED:
            return RunStatus.COMPLETED
        case JobState.FAILED | JobState.CANCELLED:
            return None if cancel_requested else RunStatus.FAILED
        case JobState.QUEUED | JobState.SCHEDULED | JobState.RUNNING:
            return RunStatus.SUBMITTED
        case _:
            return None


def task_hash_of(job: BatchJob) -> str | None:
    """The hash of the task that a child job runs, from the name that Nextflow gives it; None for any other job.

    `nf-<first 8 digits of the task's hash>-<milliseconds>` (nextflow GoogleBatchTaskHandler).
    """
    match = _CHILD_JOB.search(job.name)
    return f"{match[1]}/{match[2]}" if match else None
