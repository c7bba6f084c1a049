from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import TaskStatus
from common.services.batch.child_jobs import ChildJobStore
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run, make_task

RUN = make_run().run_id


@pytest.fixture
def jobs(engine: Engine) -> ChildJobStore:
    assert RunStoreService(engine).create_run(make_run())
    return ChildJobStore(engine)


def batch_job(job_id: str, state: JobState = JobState.RUNNING) -> BatchJob:
    return BatchJob(name=f"projects/p/locations/l/jobs/{job_id}", uid=f"{job_id}-uid", state=state, labels={})


def child(job_id: str, state: JobState = JobState.SUCCEEDED) -> JobWithMachines:
    return JobWithMachines(job=batch_job(job_id, state))


def ids(count: int) -> list[str]:
    return [f"nf-{number:08x}-1" for number in range(count)]


def note(jobs: ChildJobStore, job_ids: Iterable[str]) -> None:
    jobs.note_listed(RUN, [batch_job(job_id) for job_id in job_ids])


def test_listed_jobs_are_unread_until_they_are_read(jobs: ChildJobStore) -> None:
    note(jobs, ids(3))
    note(jobs, ids(4))
    jobs.save(RUN, ids(1)[0], child(ids(1)[0]), at=NOON)
    assert jobs.unread(RUN, live=ids(2)[1:], limit=10) == ids(4)[2:]
    assert jobs.read_before(RUN, ids(4)) == {ids(1)[0]}


def test_many_jobs_are_stored_in_one_statement(jobs: ChildJobStore) -> None:
    note(jobs, ids(70_000))
    assert len(jobs.unread(RUN, live=(), limit=100_000)) == 70_000


def test_a_job_without_uid_and_time_of_creation_is_stored(jobs: ChildJobStore, engine: Engine) -> None:
    jobs.note_listed(RUN, [replace(batch_job("other"), uid=""), replace(batch_job("nf-abcdef01-1"), created_at=NOON)])
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT job_id, uid, task_hash, created_at FROM child_jobs ORDER BY 1")).all()
    assert [tuple(row) for row in rows] == [
        ("nf-abcdef01-1", "nf-abcdef01-1-uid", "ab/cdef01", NOON),
        ("other", None, None, None),
    ]


def test_a_job_that_was_asked_for_comes_after_those_that_were_not(jobs: ChildJobStore) -> None:
    note(jobs, ids(3))
    jobs.save(RUN, ids(3)[0], child(ids(3)[0], JobState.RUNNING), at=NOON)
    assert jobs.unread(RUN, live=(), limit=3) == [*ids(3)[1:], ids(3)[0]]


def test_what_was_read_is_never_changed(jobs: ChildJobStore) -> None:
    jobs.save(RUN, "j", child("j"), at=NOON)
    jobs.save(RUN, "j", child("j", JobState.FAILED), at=NOON)
    for _ in range(3):
        jobs.save(RUN, "j", None, at=NOON)
    jobs.save(RUN, "j", child("j"), at=NOON, is_foreign=True)
    assert jobs.states(RUN, without=()) == {"SUCCEEDED": 1}


def test_two_answers_that_there_is_no_such_job_make_it_gone(jobs: ChildJobStore) -> None:
    jobs.save(RUN, "j", None, at=NOON)
    assert jobs.read_before(RUN, ["j"]) == set()
    jobs.save(RUN, "j", None, at=NOON)
    assert jobs.read_before(RUN, ["j"]) == {"j"}


def test_an_answer_between_two_without_the_job_counts(jobs: ChildJobStore) -> None:
    jobs.save(RUN, "j", None, at=NOON)
    jobs.save(RUN, "j", child("j", JobState.RUNNING), at=NOON)
    jobs.save(RUN, "j", None, at=NOON)
    assert jobs.unread(RUN, live=(), limit=9) == ["j"]


@pytest.mark.parametrize(
    ("status", "native_id", "is_named"),
    [
        (TaskStatus.COMPLETED, "nf-abcdef01-1/0/uid", True),
        (TaskStatus.FAILED, "nf-abcdef01-1/7/uid", True),
        (TaskStatus.ABORTED, "nf-abcdef01-1/0/uid", True),
        (TaskStatus.CACHED, "nf-abcdef01-1/0/uid", False),
        (TaskStatus.RUNNING, "nf-abcdef01-1/0/uid", False),
        (TaskStatus.COMPLETED, "12345", False),
        (TaskStatus.COMPLETED, "../x/0/uid", False),
        (TaskStatus.COMPLETED, f"{'j' * 64}/0/uid", False),
        (TaskStatus.COMPLETED, None, False),
    ],
)
def test_jobs_are_named_by_tasks_that_ran_and_ended(
    jobs: ChildJobStore, engine: Engine, status: TaskStatus, native_id: str | None, is_named: bool
) -> None:
    with IngestStore(engine).writing(RUN) as writer:
        writer.merge_tasks([make_task(status=status, native_id=native_id)], TaskSource.TRACE)
    jobs.note_named(RUN)
    jobs.note_named(RUN)
    assert jobs.unread(RUN, live=(), limit=9) == (["nf-abcdef01-1"] if is_named else [])


def test_runs_that_are_over_are_found_by_their_unread_jobs(jobs: ChildJobStore, engine: Engine) -> None:
    note(jobs, ids(2))
    assert jobs.runs_with_unread(read_before=NOON) == []
    RunStoreService(engine).update_run_status(RUN, RunStatus.FAILED, at=NOON)
    assert jobs.runs_with_unread(read_before=NOON) == [RUN]
    jobs.save(RUN, ids(1)[0], None, at=NOON)
    assert jobs.runs_with_unread(read_before=NOON) == []
    assert jobs.runs_with_unread(read_before=NOON + timedelta(minutes=5)) == [RUN]
    for job_id in ids(2):
        jobs.save(RUN, job_id, child(job_id), at=NOON)
    assert jobs.runs_with_unread(read_before=NOON + timedelta(minutes=5)) == []
