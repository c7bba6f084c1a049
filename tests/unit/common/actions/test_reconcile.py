from datetime import timedelta
from typing import Any

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.database import journal_of
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON


def actions(stage: Stage) -> list[tuple[str, dict[str, Any]]]:
    """Name and evidence of each action in the journal."""
    return [
        (row.data["action"], row.data["evidence"]) for row in journal_of(stage.engine, RUN) if row.event == "action"
    ]


def test_a_run_that_was_heard_of_is_left_alone(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=4)
    assert stage.reconcile.run() == 0
    assert stage.queue.items == []


def test_a_launch_that_was_lost_is_made_up_for(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=6)
    assert stage.reconcile.run() == 1
    stage.do(stage.queue.take_all()[0])
    assert stage.run().status == RunStatus.SUBMITTED


def test_a_launch_that_died_with_its_job_name_saved_is_made_up_for(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.do(stage.queue.take_all()[0])
    assert stage.head in stage.batch.jobs
    assert stage.run().status == RunStatus.SUBMITTED


def test_a_chain_of_syncs_that_died_is_started_anew(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    (item,) = stage.queue.take_all()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.do(item)
    assert item.kind == "sync"
    assert stage.run().status == RunStatus.COMPLETED


def test_a_run_that_is_synced_is_not_restarted(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.runs.note_sync(RUN, at=stage.clock(), status_detail=None)
    stage.clock.advance(minutes=4)
    assert stage.reconcile.run() == 0


def test_a_run_whose_cancel_was_lost_after_the_head_finished_is_not_stuck(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.drain_queue()
    assert stage.run().status == RunStatus.COMPLETED


def test_a_run_whose_cancel_was_lost_is_cancelled_in_the_end(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.CANCELLED)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED


def ended(stage: Stage, status: RunStatus = RunStatus.FAILED, head: JobState = JobState.FAILED) -> None:
    """Let a run be over for a day."""
    stage.running()
    stage.runs.update_run_status(RUN, status, at=NOON)
    stage.batch.move(stage.head, head)
    stage.clock.advance(days=1)


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_run_that_is_over_and_archived_needs_nothing(stage: Stage, status: RunStatus) -> None:
    ended(stage, status)
    stage.runs.note_archived(RUN, at=NOON)
    assert stage.reconcile.run() == 0


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_an_archive_that_was_lost_is_made_up_for(stage: Stage, status: RunStatus) -> None:
    ended(stage, status)
    assert stage.reconcile.run() == 1
    assert stage.queue.kinds == ["archive"]
    assert actions(stage) == [("archive_lost", {"run": "over", "head_job": "failed", "silent_s": 86400})]


def test_a_head_job_that_outlives_its_run_is_stopped(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]
    assert actions(stage)[0][0] == "orphaned_head"


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_head_job_that_comes_to_light_after_its_run_was_archived_is_stopped(stage: Stage, status: RunStatus) -> None:
    ended(stage, status, head=JobState.RUNNING)
    stage.runs.note_archived(RUN, at=NOON)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]
    assert actions(stage) == [("orphaned_head", {"run": "archived", "head_job": "running", "silent_s": 86400})]


def test_nobody_looks_for_the_head_job_of_a_run_that_is_long_over(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    stage.runs.note_archived(RUN, at=NOON)
    stage.clock.advance(hours=1)
    assert stage.reconcile.run() == 0


def test_one_run_that_cannot_be_helped_keeps_no_other_from_help(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    other = stage.pending(run_id="run-00000002", created_at=NOON + timedelta(hours=1)).run_id
    stage.batch.cancel_error = UnavailableError("Cloud Batch is away; try again")
    with pytest.raises(UnavailableError, match="1 of 2"):
        stage.reconcile.run()
    assert [(item.kind, item.body["run_id"]) for item in stage.queue.items] == [("launch", other)]
    stage.batch.cancel_error = None
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]


def test_an_action_is_journaled_with_its_evidence(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    assert actions(stage) == [("sync_died", {"run": "running", "head_job": "running", "silent_s": 360})]


def test_while_batch_is_away_work_is_asked_for_and_no_run_is_failed(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.batch.is_down = True
    assert stage.reconcile.run() == 1
    assert actions(stage)[0][1]["head_job"] == "no_answer"
    (item,) = stage.queue.take_all()
    with pytest.raises(UnavailableError):
        stage.do(item)
    assert stage.run().status == RunStatus.RUNNING


def test_a_run_whose_job_is_gone_is_failed_by_its_sync(stage: Stage) -> None:
    stage.running()
    stage.batch.jobs.clear()
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    assert stage.run().status == RunStatus.RUNNING
    stage.drain_queue()
    assert stage.run().status == RunStatus.FAILED
    assert actions(stage)[0][0] == "job_gone"


def test_a_run_that_cannot_be_is_left_to_people(stage: Stage) -> None:
    stage.pending(status=RunStatus.RUNNING)
    stage.clock.advance(minutes=6)
    assert stage.reconcile.run() == 0
    assert (stage.queue.items, actions(stage)) == ([], [])


def test_a_reconcile_that_is_delivered_again_adds_nothing(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=6)
    assert [stage.reconcile.run(), stage.reconcile.run()] == [1, 0]
    stage.clock.advance(minutes=1)
    assert stage.reconcile.run() == 0
    assert stage.queue.kinds == ["launch"]
    assert len(actions(stage)) == 1


def test_what_was_asked_for_in_vain_is_asked_for_again_under_another_name(stage: Stage) -> None:
    stage.running()
    for _ in range(2):
        stage.clock.advance(minutes=6)
        assert stage.reconcile.run() == 1
    assert {item.key for item in stage.queue.items} == {
        f"{RUN}-reconcile-{int(NOON.timestamp())}-{turn}-0" for turn in (1, 2)
    }


def test_an_archive_that_stays_incomplete_is_asked_for_ever_more_rarely(stage: Stage) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.batch.move(stage.head, JobState.FAILED)
    asked_after: list[int] = []
    for minutes in range(5, 24 * 60, 5):
        stage.clock.now = NOON + timedelta(minutes=minutes, seconds=1)
        if stage.reconcile.run():
            asked_after.append(minutes)
    assert asked_after == [5, 10, 20, 40, 80, 160, 320, 640, 1280]
