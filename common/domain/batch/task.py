"""A task as Cloud Batch knows it, and the labels of what it prints in Cloud Logging."""

import re
from dataclasses import dataclass
from typing import Final

TASK_GROUP: Final = "group0"  # Batch's name for the only task group of a job
LOG_RESOURCE, LOG_ID = "batch.googleapis.com/Job", "batch_task_logs"  # of a task's entries in Cloud Logging

# The format is from class GoogleBatchTaskHandler in Nextflow's plugin nf-google.
_NATIVE_ID: Final = re.compile(r"[^/]*/([0-9]{1,9})/([A-Za-z0-9-]{1,200})")


@dataclass(frozen=True, slots=True)
class BatchTask:
    """A task as Cloud Batch knows it: the job's unique id, and the task's number within the job."""

    job_uid: str
    index: int

    @property
    def log_labels(self) -> dict[str, str]:
        """The labels of the task's entries in Cloud Logging."""
        return {"job_uid": self.job_uid, "task_id": f"{self.job_uid}-{TASK_GROUP}-{self.index}"}


def batch_task_of(native_id: str | None) -> BatchTask | None:
    """The Batch task that a task's native_id names (`<job id>/<task index>/<job uid>`); None for any other text."""
    found = _NATIVE_ID.fullmatch(native_id or "")
    return BatchTask(found[2], int(found[1])) if found else None
