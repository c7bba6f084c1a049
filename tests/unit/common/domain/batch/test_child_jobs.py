from collections.abc import Mapping
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.batch.child_jobs import BatchTask, batch_task_of, is_child_of, task_hash_of
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


def test_a_native_id_names_the_batch_job_and_the_task_in_it() -> None:
    assert batch_task_of("nf-abcdef01-1763885580000/3/nf-abcdef01-1763885580000-0") == BatchTask(
        "nf-abcdef01-1763885580000-0", 3
    )


@pytest.mark.parametrize(
    "native_id",
    [
        None,
        "",
        "-",
        "12345",  # a grid executor's
        "job/0",
        "job/x/uid",
        "job/-1/uid",
        'job/0/uid" OR labels.job_uid!="',
        "job/0/uid\n",
        "job/0/uid/more",
        "job/0/",
        "a/b/0/uid",
    ],
)
def test_other_native_ids_name_no_batch_task(native_id: str | None) -> None:
    assert batch_task_of(native_id) is None


@given(st.text())
def test_a_job_uid_from_a_native_id_needs_no_escaping(text: str) -> None:
    found = batch_task_of(f"job/0/{text}")
    assert found is None or set('"\\\n()') & set(found.job_uid) == set()


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
