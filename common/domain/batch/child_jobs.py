"""The Cloud Batch jobs that Nextflow makes, one per task: what their names mean.

Source of the format: class GoogleBatchTaskHandler in Nextflow's plugin nf-google.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.domain.batch.job import HEAD_ROLE, ROLE_LABEL, RUN_LABEL, BatchJob
from common.domain.batch.machines import MachineStay

EXECUTOR: Final = "google-batch"  # what Nextflow calls Cloud Batch
JOB_ID: Final = "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"  # the ids that Batch allows, for Python and Postgres
# Batch may wrongly report once that a job does not exist, and a failed run stays failed.
GONE_ANSWERS_NEEDED: Final = 2

_NAME: Final = re.compile(r"/nf-([0-9a-f]{2})([0-9a-f]{6})-\d+$")

# Names in the place of Batch's state for jobs of which nothing more will be read.
GONE: Final = "GONE"
FOREIGN: Final = "FOREIGN"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWithMachines:
    """A child job as Batch shows it alone, with the stays of its tasks on machines, once it has ended."""

    job: BatchJob
    stays: Sequence[MachineStay] = ()


def task_hash_of(job: BatchJob) -> str | None:
    """The hash of the task that a child job runs, such as `ab/cdef01`; None for any other job.

    Nextflow names a child job `nf-<first 8 digits of the task's hash>-<milliseconds>`.
    """
    match = _NAME.search(job.name)
    return f"{match[1]}/{match[2]}" if match else None


def is_child_of(run_id: str, job: BatchJob, *, run_created_at: datetime) -> bool:
    """Whether a job that a file of the run names is one of its child jobs: a pipeline can write any name there.

    A user's config may replace our labels. A job without a label must be younger than the run.
    """
    if job.labels.get(ROLE_LABEL) == HEAD_ROLE:
        return False
    label = job.labels.get(RUN_LABEL)
    if label is not None:
        return label == run_id
    # submitted_at would be wrong: after a launch that died it is later than the first jobs
    return job.created_at is not None and job.created_at >= run_created_at


def jobs_by_task(jobs: Iterable[BatchJob]) -> Mapping[str, Collection[str]]:
    """The ids of child jobs by the hashes in them; two tasks may have the same first 8 digits."""
    found: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        if task_hash := task_hash_of(job):
            found[task_hash].append(job.name.rpartition("/")[2])
    return found
