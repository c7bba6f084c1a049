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
    """The name and evidence of each action in the journal."""
    return [
        (row.data["action"], row.data["evidence"]) for row in journal_of(stage.engine, RUN) if row.event == "action"
    ]


def test_a_run_that_was_checked_recently_is_left_alone(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=4)
    assert stage.reconcile.run() == 0
    assert stage.queue.items == []


def test_reconcile_recovers_a_lost_launch(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=6)
    assert stage.reconcile.run() == 1
    stage.do(stage.queue.take_all()[0])
    assert stage.run().status == RunStatus.SUBMITTED


def test_reconcile_recovers_a_launch_that_died_after_saving_the_job_name(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.do(stage.queue.take_all()[0])
    assert stage.head in stage.batch.jobs
    assert stage.run().status == RunStatus.SUBMITTED


def test_reconcile_restarts_a_chain_of_syncs_that_died(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    (item,) = stage.queue.take_all()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.do(item)
    stage.drain_queue()
    assert item.kind == "sync"
    assert stage.run().status == RunStatus.COMPLETED


def test_a_run_that_is_synced_is_not_restarted(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.runs.note_sync(RUN, at=stage.clock(), status_detail=None)
    stage.clock.advance(minutes=4)
    assert stage.reconcile.run() == 0


def test_reconcile_recovers_a_cancel_lost_after_the_head_job_finished(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.drain_queue()
    assert stage.run().status == RunStatus.COMPLETED


def test_reconcile_recovers_a_lost_cancel_request(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.CANCELLED)
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    stage.drain_queue()
    assert stage.run().status == RunStatus.CANCELLED


def ended(stage: Stage, status: RunStatus = RunStatus.FAILED, head: JobState = JobState.FAILED) -> None:
    """Make the run end one day ago."""
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
def test_reconcile_recovers_a_lost_archive(stage: Stage, status: RunStatus) -> None:
    ended(stage, status)
    assert stage.reconcile.run() == 1
    assert stage.queue.kinds == ["archive"]
    assert actions(stage) == [("archive_lost", {"run": "over", "head_job": "failed", "silent_s": 86400})]


def test_a_head_job_that_outlives_its_run_is_stopped(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]
    assert actions(stage)[0][0] == "orphaned_head"


def test_a_head_job_that_outlives_its_run_is_stopped_while_the_queue_is_down(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    stage.jobs.note_listed(RUN, [stage.batch.jobs[stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.SUCCEEDED)]])
    stage.queue.is_down = True
    with pytest.raises(UnavailableError):
        stage.reconcile.run()
    assert stage.batch.cancelled == [stage.head]


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_head_job_that_appears_after_its_run_was_archived_is_stopped(stage: Stage, status: RunStatus) -> None:
    ended(stage, status, head=JobState.RUNNING)
    stage.runs.note_archived(RUN, at=NOON)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]
    assert actions(stage) == [("orphaned_head", {"run": "archived", "head_job": "running", "silent_s": 86400})]


def test_a_head_job_of_a_run_that_ended_long_ago_is_stopped(stage: Stage) -> None:
    ended(stage, head=JobState.RUNNING)
    stage.runs.note_archived(RUN, at=NOON)
    stage.clock.advance(days=10)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [stage.head]


def test_a_failure_for_one_run_does_not_keep_the_others_from_their_remedy(stage: Stage) -> None:
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


def test_while_batch_is_away_work_is_queued_and_no_run_fails(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.batch.is_down = True
    assert stage.reconcile.run() == 1
    assert actions(stage)[0][1]["head_job"] == "no_answer"
    (item,) = stage.queue.take_all()
    with pytest.raises(UnavailableError):
        stage.do(item)
    assert stage.run().status == RunStatus.RUNNING


def test_the_queued_sync_fails_a_run_whose_head_job_is_gone(stage: Stage) -> None:
    stage.running()
    stage.batch.jobs.clear()
    stage.clock.advance(minutes=6)
    stage.reconcile.run()
    assert stage.run().status == RunStatus.RUNNING
    stage.drain_queue()
    assert stage.run().status == RunStatus.FAILED
    assert actions(stage)[0][0] == "job_gone"


def test_a_run_in_an_impossible_state_is_left_alone(stage: Stage) -> None:
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


def test_work_that_did_not_help_is_queued_again_under_another_key(stage: Stage) -> None:
    stage.running()
    for _ in range(2):
        stage.clock.advance(minutes=6)
        assert stage.reconcile.run() == 1
    assert {item.key for item in stage.queue.items} == {
        f"{RUN}-reconcile-{int(NOON.timestamp())}-{attempt}-0" for attempt in (1, 2)
    }


def test_an_incomplete_archive_is_retried_at_doubling_intervals(stage: Stage) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.batch.move(stage.head, JobState.FAILED)
    queued_after: list[int] = []
    for minutes in range(5, 24 * 60, 5):
        stage.clock.now = NOON + timedelta(minutes=minutes, seconds=1)
        if stage.reconcile.run():
            queued_after.append(minutes)
    assert queued_after == [5, 10, 20, 40, 80, 160, 320, 640, 1280]


def test_each_pass_reports_that_the_timer_called_and_whether_batch_answered(stage: Stage) -> None:
    reports = "SELECT part, heard_at, failing_since, why FROM health_reports ORDER BY part"
    stage.reconcile.run()
    assert stage.rows(reports) == [("batch", NOON, None, None), ("timer", NOON, None, None)]
    stage.batch.is_down = True
    stage.clock.advance(minutes=5)
    later = stage.clock()
    stage.reconcile.run()
    batch, timer = stage.rows(reports)
    assert (batch[:3], timer) == (("batch", NOON, later), ("timer", later, None, None))
    assert "Batch" in batch[3]
