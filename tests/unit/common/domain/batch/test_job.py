from dataclasses import replace
from datetime import timedelta

import pytest

from common.domain.batch.job import BatchJob, JobState, exit_code_in, reason_for_end, reason_to_wait, run_status_from
from common.domain.runs.status import RunStatus
from tests.support.runs import NOON

PARENT = "projects/lab/locations/eu/jobs"


def job(state: JobState, name: str = "sluice-run-1a2b3c4d", *events: str) -> BatchJob:
    return BatchJob(name=f"{PARENT}/{name}", uid="u", state=state, labels={}, events=events)


EXPECTED = {
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
def test_each_head_job_state_means_one_run_status(state: JobState) -> None:
    assert run_status_from(job(state), cancel_requested_at=None) == EXPECTED[state]


@pytest.mark.parametrize("state", JobState)
def test_a_head_job_stopped_by_a_cancel_does_not_fail_its_run(state: JobState) -> None:
    meant = None if state in {JobState.FAILED, JobState.CANCELLED} else EXPECTED[state]
    for since in (None, NOON, NOON + timedelta(seconds=1)):
        stopped = replace(job(state), state_since=since)
        assert run_status_from(stopped, cancel_requested_at=NOON) == meant


@pytest.mark.parametrize("state", JobState)
def test_a_head_job_that_ended_before_the_cancel_determines_the_status(state: JobState) -> None:
    before = replace(job(state), state_since=NOON - timedelta(seconds=1))
    assert run_status_from(before, cancel_requested_at=NOON) == EXPECTED[state]


@pytest.mark.parametrize("state", JobState)
def test_a_job_has_ended_when_it_succeeded_failed_or_was_cancelled(state: JobState) -> None:
    assert job(state).has_ended == (state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            ["FAILED with exit code 1.", "FAILED with exit code 137.", "Job failed."],
            (137, "FAILED with exit code 137."),
        ),
        (["with exit code 50001"], (50001, "with exit code 50001")),
        (["exit code 123456", "no exit codes 1"], None),
        ([], None),
    ],
)
def test_the_last_event_with_an_exit_code_counts(events: list[str], expected: tuple[int, str] | None) -> None:
    assert exit_code_in(events) == expected


@pytest.mark.parametrize(("number", "state"), [(3, JobState.RUNNING), (0, JobState.UNKNOWN), (99, JobState.UNKNOWN)])
def test_an_unknown_state_number_is_read_as_unknown(number: int, state: JobState) -> None:
    assert JobState.from_number(number) is state


MOVED = "Job state is set from QUEUED to SCHEDULED for job projects/1/locations/eu/jobs/j."
OUT_OF_QUOTA = (
    "VM in Managed Instance Group meets error: Batch Error: code - CODE_GCE_QUOTA_EXCEEDED, description - error count "
    "is 4, latest message example: Instance 'i-1' creation failed: Quota 'CPUS' exceeded.  Limit: 24.0 in region eu."
)
DELAYED = "Quota checking process decides to delay scheduling for the job j due to inadequate quotas [Quota: CPUS]."
OUT_OF_STOCK = "Batch Error: code - CODE_GCE_ZONE_RESOURCE_POOL_EXHAUSTED, description - the zone is full."
NOT_ENOUGH = "The zone 'projects/lab/zones/eu-b' does not have enough resources available to fulfill the request."


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.SCHEDULED])
@pytest.mark.parametrize(
    ("event", "words"),
    [
        (OUT_OF_QUOTA, "the quota for machines is used up"),
        (DELAYED, "the quota for machines is used up"),
        (OUT_OF_STOCK, "no free machine of this type"),
        (NOT_ENOUGH, "no free machine of this type"),
    ],
)
def test_a_waiting_job_gives_the_reason_and_the_event_of_batch(state: JobState, event: str, words: str) -> None:
    reason = reason_to_wait(job(state, "j", MOVED, event))
    assert reason.startswith("waiting for a machine: ")
    assert words in reason
    assert event in reason


@pytest.mark.parametrize("events", [(), (MOVED,), (OUT_OF_QUOTA, MOVED), ("the weather is fine",)])
def test_a_waiting_job_without_a_known_reason_waits_for_a_machine(events: tuple[str, ...]) -> None:
    assert reason_to_wait(job(JobState.SCHEDULED, "j", *events)) == "waiting for a machine"


def test_the_newest_reason_to_wait_is_given() -> None:
    assert "no free machine" in reason_to_wait(job(JobState.QUEUED, "j", MOVED, OUT_OF_QUOTA, OUT_OF_STOCK))


def test_a_running_job_waits_for_nextflow() -> None:
    assert reason_to_wait(job(JobState.RUNNING, "j", MOVED, OUT_OF_QUOTA)) == "the machine is up; Nextflow is starting"


@pytest.mark.parametrize(
    ("head_job", "reason"),
    [
        (job(JobState.FAILED, "j", "no machine", "exit code 1"), "exit code 1"),
        (job(JobState.CANCELLED), "Cloud Batch ended the head job as CANCELLED"),
        (None, "Cloud Batch no longer has the head job of this run; it may have been deleted"),
    ],
)
def test_the_reason_for_the_end_is_the_last_event_of_batch(head_job: BatchJob | None, reason: str) -> None:
    assert reason_for_end(head_job) == reason
