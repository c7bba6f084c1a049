import pytest

from common.domain.batch_job import BatchJob, JobState, status_meant_by, task_hash_of
from common.domain.run_status import RunStatus

PARENT = "projects/lab/locations/eu/jobs"


def job(state: JobState, name: str = "sluice-run-1a2b3c4d") -> BatchJob:
    return BatchJob(name=f"{PARENT}/{name}", uid="u", state=state, labels={})


MEANT = {
    JobState.UNKNOWN: None,
    JobState.QUEUED: RunStatus.SUBMITTED,
    JobState.SCHEDULED: RunStatus.SUBMITTED,
    JobState.RUNNING: RunStatus.SUBMITTED,
    JobState.SUCCEEDED: RunStatus.COMPLETED,
    JobState.FAILED: RunStatus.FAILED,
    JobState.DELETION_IN_PROGRESS: None,
    JobState.CANCELLATION_IN_PROGRESS: None,
    JobState.CANCELLED: RunStatus.FAILED,
}


@pytest.mark.parametrize("state", JobState)
def test_each_state_of_a_head_job_means_one_thing_for_its_run(state: JobState) -> None:
    assert status_meant_by(job(state), cancel_requested=False) == MEANT[state]


@pytest.mark.parametrize("state", JobState)
def test_a_head_that_is_stopped_by_a_cancel_does_not_fail_its_run(state: JobState) -> None:
    meant = None if state in {JobState.FAILED, JobState.CANCELLED} else MEANT[state]
    assert status_meant_by(job(state), cancel_requested=True) == meant


@pytest.mark.parametrize("state", JobState)
def test_a_job_has_ended_when_nothing_of_it_runs(state: JobState) -> None:
    assert job(state).has_ended == (state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


@pytest.mark.parametrize(("number", "state"), [(3, JobState.RUNNING), (0, JobState.UNKNOWN), (99, JobState.UNKNOWN)])
def test_a_state_younger_than_this_code_is_unknown(number: int, state: JobState) -> None:
    assert JobState.from_number(number) is state


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
def test_the_task_of_a_child_job_is_read_from_its_name(name: str, task_hash: str | None) -> None:
    assert task_hash_of(job(JobState.RUNNING, name)) == task_hash
