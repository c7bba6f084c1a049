from datetime import datetime, timedelta

from common.domain.batch.job import ROLE_LABEL, RUN_LABEL, BatchJob, JobState
from common.domain.batch.leftovers import MOST_UNKNOWN, Leftovers, leftovers_in
from tests.support.runs import NOON

OVER, LIVE, UNKNOWN = "run-00000001", "run-00000002", "run-00000003"
NOW = NOON + timedelta(hours=2)


def job(
    run_id: str,
    name: str = "nf",
    *,
    role: str = "task",
    created_at: datetime | None = NOON,
    state: JobState = JobState.RUNNING,
) -> BatchJob:
    labels = {RUN_LABEL: run_id, ROLE_LABEL: role}
    return BatchJob(name=name, uid="u", state=state, labels=labels, created_at=created_at)


def found_in(*jobs: BatchJob) -> Leftovers:
    return leftovers_in(jobs, {OVER: True, LIVE: False}, at=NOW)


def test_young_task_jobs_of_runs_that_are_over_are_leftovers() -> None:
    young = job(OVER, created_at=NOW)
    assert found_in(young, job(LIVE)).of_runs == {OVER: [young]}


def test_a_head_job_of_a_run_that_is_over_is_listed_separately() -> None:
    found = found_in(job(OVER, role="head"), job(LIVE, role="head"))
    assert found.heads == {OVER}
    assert not found.of_runs
    assert not found.unknown


def test_jobs_of_unknown_runs_count_after_an_hour() -> None:
    old, head = job(UNKNOWN), job(UNKNOWN, role="head")
    young = job(UNKNOWN, created_at=NOW - timedelta(hours=1))
    stopping = job(UNKNOWN, state=JobState.CANCELLATION_IN_PROGRESS)
    assert found_in(old, young, head, stopping, job(UNKNOWN, created_at=None)).unknown == [head, old]


def test_many_jobs_of_unknown_runs_are_not_stopped() -> None:
    jobs = [job(UNKNOWN, f"nf-{number}") for number in range(MOST_UNKNOWN + 1)]
    assert found_in(*jobs[1:]).may_stop_unknown
    assert not found_in(*jobs).may_stop_unknown
