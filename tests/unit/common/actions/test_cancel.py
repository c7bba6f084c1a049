from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import TaskStatus
from common.errors import UnavailableError
from tests.support.actions.fakes import CrashError
from tests.support.actions.stage import ANA, INTERVAL, RUN, Stage
from tests.support.database import journal_of
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG
from tests.support.runs import NOON, make_task
from tests.support.telemetry import recorded_actions

ASKED = ChainStep(run_id=RUN, chain="asked")
CHILD = "nf-abcdef01-1"


def cancelling(stage: Stage, head: JobState = JobState.RUNNING) -> None:
    """A running run with a cancel request; its head job is in state `head`."""
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.batch.move(stage.head, head)
    stage.queue.take_all()


def test_a_cancel_stops_the_head_job_first(stage: Stage) -> None:
    cancelling(stage)
    stage.batch.add_child(RUN, CHILD)
    stage.cancel.run(ASKED, empty_listings=0)
    assert stage.batch.cancelled == [stage.head]
    assert stage.run().status == RunStatus.RUNNING


@pytest.mark.parametrize("state", [JobState.CANCELLATION_IN_PROGRESS, JobState.DELETION_IN_PROGRESS, JobState.UNKNOWN])
def test_child_jobs_are_left_alone_until_the_head_job_has_ended(stage: Stage, state: JobState) -> None:
    cancelling(stage, state)
    child = stage.batch.add_child(RUN, CHILD)
    stage.cancel.run(ASKED, empty_listings=0)
    assert child not in stage.batch.cancelled


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED])
def test_child_jobs_are_stopped_once_the_head_job_has_ended(stage: Stage, state: JobState) -> None:
    cancelling(stage, state)
    child = stage.batch.add_child(RUN, CHILD)
    stage.batch.add_child(RUN, "nf-12345678-1", JobState.SUCCEEDED)
    stage.cancel.run(ASKED, empty_listings=0)
    assert stage.batch.cancelled == [child]
    assert stage.run().status == RunStatus.RUNNING


def test_a_run_is_cancelled_after_two_empty_listings_in_a_row(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    assert stage.cancel.run(ASKED, empty_listings=0).status == RunStatus.RUNNING
    run = stage.cancel.run(ASKED.next(), empty_listings=1)
    assert (run.status, run.cancelled_at, run.status_detail) == (RunStatus.CANCELLED, NOON, None)


def test_a_child_job_created_late_resets_the_count_of_empty_listings(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.cancel.run(ASKED, empty_listings=0)
    late = stage.batch.add_child(RUN, CHILD)
    stage.cancel.run(ASKED.next(), empty_listings=1)
    assert [item.body["empty_listings"] for item in stage.queue.items] == [1, 0]
    assert stage.batch.cancelled == [late]


def test_the_whole_cancel_leaves_nothing_running(stage: Stage) -> None:
    cancelling(stage)
    stage.upload(log=FINISHED_LOG[: FINISHED_LOG.index(b"Task completed")])
    child = stage.batch.add_child(RUN, CHILD)
    stage.cancel.run(ASKED, empty_listings=0)
    stage.batch.move(stage.head, JobState.CANCELLED)
    (second,) = stage.queue.take_all()
    stage.do(second)
    stage.batch.move(child, JobState.CANCELLED)
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED
    assert set(stage.tasks().values()) == {"ABORTED"}
    assert [status for status in stage.journal() if status][-3:] == ["running", "running", "cancelled"]
    assert stage.rows("SELECT event FROM run_events ORDER BY seq")[-1] == ("done",)


def test_each_step_queues_the_next_one_after_an_interval_with_its_own_key(stage: Stage) -> None:
    cancelling(stage)
    for _ in range(2):
        stage.cancel.run(ASKED, empty_listings=0)
    (item,) = stage.queue.items
    assert (item.kind, item.key, item.delay) == ("cancel", f"{RUN}-asked-1", INTERVAL)
    assert item.body == ASKED.next().as_json() | {"empty_listings": 0}


def test_a_head_job_that_is_gone_counts_as_ended(stage: Stage) -> None:
    cancelling(stage)
    stage.batch.jobs.clear()
    stage.cancel.run(ASKED, empty_listings=0)
    assert stage.cancel.run(ASKED.next(), empty_listings=1).status == RunStatus.CANCELLED


def test_a_run_that_finishes_before_the_cancel_keeps_its_status(stage: Stage) -> None:
    cancelling(stage, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.cancel.run(ASKED, empty_listings=1)
    stage.drain_queue()
    run = stage.run()
    assert (run.status, run.status_detail) == (RunStatus.COMPLETED, None)
    assert stage.batch.cancelled == []


def test_a_head_job_that_failed_before_the_request_fails_its_run_with_a_diagnosis(stage: Stage) -> None:
    stage.running()
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    stage.batch.move(stage.head, JobState.FAILED, "Job state is set from RUNNING to FAILED.")
    stage.clock.advance(seconds=1)
    stage.request_cancel.run(RUN, ANA)
    stage.drain_queue()
    run = stage.run()
    assert (run.status, run.exit_code, run.status_detail) == (RunStatus.FAILED, 137, None)
    assert run.diagnosis is not None
    assert stage.batch.cancelled == []


def test_a_head_job_that_fails_after_the_request_leaves_its_run_cancelled(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.clock.advance(seconds=1)
    stage.batch.move(stage.head, JobState.FAILED, "Task state is updated with exit code 143.")
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED


def test_an_error_of_batch_does_not_count_as_an_empty_listing(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.batch.is_down = True
    with pytest.raises(UnavailableError):
        stage.cancel.run(ASKED, empty_listings=1)
    assert stage.run().status == RunStatus.RUNNING


def test_a_run_is_not_cancelled_before_its_files_are_read(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.upload(log=FINISHED_LOG)
    stage.clock.tick, stage.chunk_bytes = timedelta(minutes=3), 100
    assert stage.cancel.run(ASKED, empty_listings=1).status == RunStatus.RUNNING
    stage.clock.tick, stage.chunk_bytes = timedelta(0), 2 << 20
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED
    assert len(stage.entries()) > 0


def test_a_cancel_step_does_nothing_without_a_request(stage: Stage) -> None:
    stage.running()
    stage.cancel.run(ASKED, empty_listings=2)
    assert (stage.run().status, stage.batch.cancelled, stage.queue.items) == (RunStatus.RUNNING, [], [])


def test_a_late_step_after_the_cancel_does_nothing(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.cancel.run(ASKED, empty_listings=1)
    stage.queue.take_all()
    stage.cancel.run(ASKED, empty_listings=0)
    assert (stage.batch.cancelled, stage.queue.items) == ([], [])


def evidence(stage: Stage) -> dict[str, Any]:
    """The evidence in the journal, written just before the run is cancelled."""
    *_, proof, status, done = journal_of(stage.engine, RUN)
    assert (proof.event, proof.data["action"], status.data["status"]) == ("action", "jobs_stopped", "cancelled")
    assert done.event == "done"
    found: dict[str, Any] = proof.data["evidence"]
    return found


def cancel_to_the_end(stage: Stage) -> None:
    """Run the chain until nothing is queued; Batch cancels what it is asked to meanwhile."""
    stage.cancel.run(ASKED, empty_listings=0)
    while items := stage.queue.take_all():
        for name in stage.batch.cancelled:
            stage.batch.move(name, JobState.CANCELLED)
        for item in items:
            stage.do(item)


def test_the_journal_counts_the_jobs_found_and_stopped(stage: Stage) -> None:
    cancelling(stage)
    for number, state in enumerate([JobState.RUNNING, JobState.QUEUED, JobState.SUCCEEDED, JobState.FAILED]):
        stage.batch.add_child(RUN, f"nf-abcdef0{number}-1", state)
    cancel_to_the_end(stage)
    assert evidence(stage) == {
        "head_job": "CANCELLED",
        "jobs_found": 4,
        "jobs_stopped": 2,
        "jobs_that_had_ended": 2,
        "jobs_removed_by_nextflow": 0,
    }


def name_jobs(stage: Stage, *job_ids: str, status: TaskStatus = TaskStatus.SUBMITTED) -> None:
    """Store tasks whose native ids name these jobs."""
    tasks = [
        make_task(hash=f"00/00000{number}", native_id=f"{job_id}/0/uid", status=status)
        for number, job_id in enumerate(job_ids)
    ]
    with stage.ingest.writing(RUN) as writer:
        writer.merge_tasks(tasks, TaskSource.LOG)


def test_jobs_without_our_label_are_found_by_their_names_in_the_files(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    unlabelled = stage.batch.add_child(RUN, "nf-abcdef01-1", labels={})
    name_jobs(stage, "nf-abcdef01-1", "nf-abcdef02-1")
    cancel_to_the_end(stage)
    assert stage.batch.cancelled == [unlabelled]
    found = evidence(stage)
    assert (found["jobs_found"], found["jobs_stopped"], found["jobs_removed_by_nextflow"]) == (2, 1, 1)


def test_a_job_of_another_run_is_left_alone_even_when_the_files_name_it(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    foreign = stage.batch.add_child("run-00000001", "nf-abcdef01-1")
    name_jobs(stage, "nf-abcdef01-1", "../sluice-run-00000001", "")
    cancel_to_the_end(stage)
    assert stage.batch.jobs[foreign].state == JobState.RUNNING
    assert evidence(stage)["jobs_found"] == 0


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.CACHED])
def test_jobs_of_finished_tasks_are_not_looked_up(stage: Stage, status: TaskStatus) -> None:
    cancelling(stage, JobState.CANCELLED)
    name_jobs(stage, "nf-abcdef01-1", status=status)
    cancel_to_the_end(stage)
    assert evidence(stage)["jobs_found"] == 0


def test_the_logs_of_a_cancelled_run_are_archived(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.cancel.run(ASKED, empty_listings=1)
    assert stage.queue.kinds == ["archive"]


def ran_again(stage: Stage, work: Callable[[], object]) -> bool:
    """Do the work, and again after a crash; whether it crashed."""
    try:
        work()
    except CrashError:
        stage.steps.crash_at = 0
        work()
        return True
    return False


def test_a_cancel_that_dies_at_any_step_is_completed_by_the_next_delivery(stage: Stage) -> None:
    for step in count(1):
        run_id = f"run-{step:08x}"
        head = stage.batch.job_name(f"sluice-{run_id}")
        stage.pending(run_id=run_id)
        stage.launch.run(run_id)
        child = stage.batch.add_child(run_id, f"nf-{step:08x}-1")
        stage.queue.take_all()
        stage.steps.taken, stage.steps.crash_at = 0, step
        crashed = ran_again(stage, partial(stage.request_cancel.run, run_id, ANA))
        while items := stage.queue.take_all():
            crashed = sum(ran_again(stage, partial(stage.do, item)) for item in items) > 0 or crashed
            for name in {head, child}.intersection(stage.batch.cancelled):
                stage.batch.move(name, JobState.CANCELLED)
        assert stage.run(run_id).status == RunStatus.CANCELLED
        assert {stage.batch.jobs[name].state for name in (head, child)} == {JobState.CANCELLED}
        assert [status for status in stage.journal(run_id) if status][-2:] == ["submitted", "cancelled"]
        if not crashed:
            break
    assert step > 12  # before and after each write and call of the whole cancel


def test_a_nextflow_that_was_stopped_by_the_cancel_and_exited_with_0_leaves_its_run_cancelled(stage: Stage) -> None:
    cancelling(stage, JobState.SUCCEEDED)
    abort = b"Nov-23 12:00:32.000 [SIGTERM handler] DEBUG nextflow.Session - Session aborted -- Cause: SIGTERM\n"
    stage.upload(log=FINISHED_LOG + abort)
    stage.cancel.run(ASKED, empty_listings=0)
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED


def test_a_cancel_says_which_jobs_it_waits_for_and_alerts_after_six_hours(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.batch.stops_after = timedelta(days=1)
    stage.batch.add_child(RUN, CHILD)
    with recorded_actions() as early:
        stage.cancel.run(ASKED, empty_listings=0)
    stage.clock.advance(hours=6)
    with recorded_actions() as late:
        stage.cancel.run(ASKED.next(), empty_listings=0)
    assert stage.run().status_detail == f"cancelling: waiting until Cloud Batch has ended 1 job, such as {CHILD}"
    assert ("jobs_do_not_end" in early, "jobs_do_not_end" in late) == (False, True)
