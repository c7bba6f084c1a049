from datetime import timedelta

import pytest

from common.domain.batch_job import JobState
from common.domain.run_status import RunStatus
from common.domain.work_item import Link
from common.errors import UnavailableError
from tests.support.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON
from tests.support.stage import ANA, INTERVAL, RUN, Stage

ASKED = Link(run_id=RUN, chain="asked")
CHILD = "nf-abcdef01-1"


def cancelling(stage: Stage, head: JobState = JobState.RUNNING) -> None:
    """Let a running run be asked to stop; its head is in `head`."""
    stage.running()
    stage.request_cancel(RUN, ANA)
    stage.batch.move(stage.head, head)
    stage.queue.take_all()


def test_the_head_is_stopped_before_anything_else(stage: Stage) -> None:
    cancelling(stage)
    stage.batch.add_child(RUN, CHILD)
    stage.stop(ASKED, empty_listings=0)
    assert stage.batch.cancelled == [stage.head]
    assert stage.run().status == RunStatus.RUNNING


@pytest.mark.parametrize("state", [JobState.CANCELLATION_IN_PROGRESS, JobState.DELETION_IN_PROGRESS, JobState.UNKNOWN])
def test_children_are_left_alone_until_the_head_has_ended(stage: Stage, state: JobState) -> None:
    cancelling(stage, state)
    child = stage.batch.add_child(RUN, CHILD)
    stage.stop(ASKED, empty_listings=0)
    assert child not in stage.batch.cancelled


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED])
def test_once_the_head_has_ended_its_children_are_stopped(stage: Stage, state: JobState) -> None:
    cancelling(stage, state)
    child = stage.batch.add_child(RUN, CHILD)
    stage.batch.add_child(RUN, "nf-12345678-1", JobState.SUCCEEDED)
    stage.stop(ASKED, empty_listings=0)
    assert stage.batch.cancelled == [child]
    assert stage.run().status == RunStatus.RUNNING


def test_a_run_is_cancelled_after_two_empty_listings_in_a_row(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    assert stage.stop(ASKED, empty_listings=0).status == RunStatus.RUNNING
    run = stage.stop(ASKED.next(), empty_listings=1)
    assert (run.status, run.cancelled_at, run.status_detail) == (RunStatus.CANCELLED, NOON, None)


def test_a_child_that_is_born_late_starts_the_count_again(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.stop(ASKED, empty_listings=0)
    late = stage.batch.add_child(RUN, CHILD)
    stage.stop(ASKED.next(), empty_listings=1)
    assert [item.body["empty_listings"] for item in stage.queue.items] == [1, 0]
    assert stage.batch.cancelled == [late]


def test_the_whole_cancel_leaves_nothing_running(stage: Stage) -> None:
    cancelling(stage)
    stage.upload(log=FINISHED_LOG[: FINISHED_LOG.index(b"Task completed")])
    child = stage.batch.add_child(RUN, CHILD)
    stage.stop(ASKED, empty_listings=0)
    stage.batch.move(stage.head, JobState.CANCELLED)
    (second,) = stage.queue.take_all()
    stage.do(second)
    stage.batch.move(child, JobState.CANCELLED)
    stage.work_off()
    assert stage.run().status == RunStatus.CANCELLED
    assert set(stage.tasks().values()) == {"ABORTED"}
    assert stage.journal()[-3:] == ["running", "running", "cancelled"]
    assert stage.rows("SELECT event FROM run_events ORDER BY seq")[-1] == ("done",)


def test_a_step_comes_back_after_an_interval_under_a_key_of_its_own(stage: Stage) -> None:
    cancelling(stage)
    for _ in range(2):
        stage.stop(ASKED, empty_listings=0)
    (item,) = stage.queue.items
    assert (item.kind, item.key, item.delay) == ("cancel", f"{RUN}-asked-1", INTERVAL)
    assert item.body == ASKED.next().as_json() | {"empty_listings": 0}


def test_a_job_that_is_gone_needs_no_stopping(stage: Stage) -> None:
    cancelling(stage)
    stage.batch.jobs.clear()
    stage.stop(ASKED, empty_listings=0)
    assert stage.stop(ASKED.next(), empty_listings=1).status == RunStatus.CANCELLED


def test_a_run_that_finishes_first_stays_as_it_finished(stage: Stage) -> None:
    cancelling(stage, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.stop(ASKED, empty_listings=1)
    stage.work_off()
    run = stage.run()
    assert (run.status, run.status_detail) == (RunStatus.COMPLETED, None)
    assert stage.batch.cancelled == []


def test_an_error_of_batch_is_not_taken_for_an_empty_listing(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.batch.is_away = True
    with pytest.raises(UnavailableError):
        stage.stop(ASKED, empty_listings=1)
    assert stage.run().status == RunStatus.RUNNING


def test_a_run_is_not_cancelled_before_its_files_are_read(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.upload(log=FINISHED_LOG)
    stage.clock.tick = timedelta(minutes=3)
    assert stage.stop(ASKED, empty_listings=1).status == RunStatus.RUNNING
    stage.clock.tick = timedelta(0)
    stage.work_off()
    assert stage.run().status == RunStatus.CANCELLED
    assert len(stage.entries()) > 0


def test_nobody_stops_a_run_that_was_not_asked_to(stage: Stage) -> None:
    stage.running()
    stage.stop(ASKED, empty_listings=2)
    assert (stage.run().status, stage.batch.cancelled, stage.queue.items) == (RunStatus.RUNNING, [], [])


def test_a_late_step_of_a_cancel_that_is_over_does_nothing(stage: Stage) -> None:
    cancelling(stage, JobState.CANCELLED)
    stage.stop(ASKED, empty_listings=1)
    stage.queue.take_all()
    stage.stop(ASKED, empty_listings=0)
    assert (stage.batch.cancelled, stage.queue.items) == ([], [])
