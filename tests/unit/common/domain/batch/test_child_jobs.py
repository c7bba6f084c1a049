from collections.abc import Mapping
from datetime import timedelta

import pytest

from common.domain.batch.child_jobs import is_child_of, task_hash_of
from common.domain.batch.job import BatchJob, JobState
from tests.support.runs import NOON


@pytest.mark.parametrize(
    ("name", "task_hash"),
    [
        ("nf-abcdef01-1763900000000", "ab/cdef01"),
        ("nf-abcdef01", None),
        ("nf-ABCDEF01-1", None),
        ("sluice-run-1a2b3c4d", None),
        ("xnf-abcdef01-1", None),
    ],
)
def test_the_task_hash_is_read_from_the_name_of_a_child_job(name: str, task_hash: str | None) -> None:
    job = BatchJob(name=f"projects/lab/locations/eu/jobs/{name}", uid="u", state=JobState.RUNNING, labels={})
    assert task_hash_of(job) == task_hash


@pytest.mark.parametrize(
    ("labels", "age_s", "is_child"),
    [
        ({"sluice-run": "run-1", "sluice-role": "task"}, 0, True),
        ({"sluice-run": "run-1"}, -60, True),  # the label counts more than the time
        ({"sluice-run": "run-2", "sluice-role": "task"}, 60, False),
        ({"sluice-run": "run-1", "sluice-role": "head"}, 60, False),
        ({"team": "x"}, 0, True),
        ({"team": "x"}, -1, False),
        ({}, None, False),
    ],
)
def test_a_named_job_belongs_to_the_run_by_its_label_or_its_age(
    labels: Mapping[str, str], age_s: int | None, is_child: bool
) -> None:
    created_at = None if age_s is None else NOON + timedelta(seconds=age_s)
    job = BatchJob(name="p/jobs/j", uid="u", state=JobState.RUNNING, labels=labels, created_at=created_at)
    assert is_child_of("run-1", job, run_created_at=NOON) is is_child
