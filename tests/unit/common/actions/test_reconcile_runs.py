from datetime import timedelta

import pytest

from common.actions.reconcile_runs import work_needed
from common.domain.batch_job import JobState
from common.domain.run_status import LIVE_STATUSES, RunStatus
from tests.support.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON, make_run
from tests.support.stage import ANA, RUN, Stage


@pytest.mark.parametrize("status", sorted(LIVE_STATUSES))
def test_a_live_run_gets_the_work_that_moves_it_on(status: RunStatus) -> None:
    assert work_needed(make_run(status=status)) == ("launch" if status == RunStatus.PENDING else "sync")
    assert work_needed(make_run(status=status, cancel_requested_at=NOON)) == "cancel"


def test_a_run_that_was_heard_of_is_left_alone(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=4)
    assert stage.reconcile() == 0
    assert stage.queue.items == []


def test_a_launch_that_was_lost_is_made_up_for(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=6)
    assert stage.reconcile() == 1
    stage.do(stage.queue.take_all()[0])
    assert stage.run().status == RunStatus.SUBMITTED


def test_a_launch_that_died_with_its_job_name_saved_is_made_up_for(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    stage.clock.advance(minutes=6)
    stage.reconcile()
    stage.do(stage.queue.take_all()[0])
    assert stage.head in stage.batch.jobs
    assert stage.run().status == RunStatus.SUBMITTED


def test_a_chain_of_syncs_that_died_is_started_anew(stage: Stage) -> None:
    stage.running()
    stage.clock.advance(minutes=6)
    stage.reconcile()
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
    assert stage.reconcile() == 0


def test_a_run_whose_cancel_was_lost_after_the_head_finished_is_not_stuck(stage: Stage) -> None:
    stage.running()
    stage.request_cancel(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.clock.advance(minutes=6)
    stage.reconcile()
    stage.work_off()
    assert stage.run().status == RunStatus.COMPLETED


def test_a_run_whose_cancel_was_lost_is_cancelled_in_the_end(stage: Stage) -> None:
    stage.running()
    stage.request_cancel(RUN, ANA)
    stage.queue.take_all()
    stage.batch.move(stage.head, JobState.CANCELLED)
    stage.clock.advance(minutes=6)
    stage.reconcile()
    stage.work_off()
    assert stage.run().status == RunStatus.CANCELLED


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
def test_a_run_that_is_over_needs_nothing(stage: Stage, status: RunStatus) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, status, at=NOON)
    stage.clock.advance(days=1)
    assert stage.reconcile() == 0


def test_a_reconcile_that_is_delivered_again_adds_nothing(stage: Stage) -> None:
    stage.pending()
    stage.clock.advance(minutes=6)
    stage.reconcile()
    stage.reconcile()
    assert stage.queue.kinds == ["launch"]


def test_each_restart_begins_a_chain_of_its_own(stage: Stage) -> None:
    stage.running()
    for _ in range(2):
        stage.clock.advance(minutes=6)
        stage.reconcile()
    keys = {item.key for item in stage.queue.items}
    seconds = [int((NOON + timedelta(minutes=minutes)).timestamp()) for minutes in (6, 12)]
    assert keys == {f"{RUN}-reconcile-{second}-0" for second in seconds}
