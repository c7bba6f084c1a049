import pytest

from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.errors import AuthorizationError, ConflictError, NotFoundError
from tests.support.actions.stage import ADMIN, ANA, BEN, RUN, Stage
from tests.support.runs import NOON


def test_a_run_that_was_not_launched_is_cancelled_at_once(stage: Stage) -> None:
    stage.pending()
    run = stage.request_cancel.run(RUN, ANA)
    assert (run.status, run.cancelled_at, run.cancel_requested_at) == (RunStatus.CANCELLED, NOON, NOON)
    assert stage.queue.items == []


def test_a_live_run_records_the_request_and_stays_in_its_status(stage: Stage) -> None:
    stage.running()
    run = stage.request_cancel.run(RUN, ANA)
    assert (run.status, run.cancel_requested_at, run.status_detail) == (RunStatus.RUNNING, NOON, "cancelling")
    assert stage.queue.kinds == ["cancel"]


def test_a_claimed_run_is_not_cancelled_at_once(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    assert stage.request_cancel.run(RUN, ANA).status == RunStatus.PENDING


def test_the_request_is_journaled_once(stage: Stage) -> None:
    stage.running()
    stage.request_cancel.run(RUN, ANA)
    stage.clock.advance(minutes=1)
    assert stage.request_cancel.run(RUN, ANA).cancel_requested_at == NOON
    requests = stage.rows("SELECT data->>'status' FROM run_events WHERE data ? 'cancel_requested_at'")
    assert requests == [("running",)]
    assert stage.queue.kinds == ["cancel"]


def test_a_cancelled_run_may_be_cancelled_again(stage: Stage) -> None:
    stage.pending()
    assert stage.request_cancel.run(RUN, ANA) == stage.request_cancel.run(RUN, ANA)


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
def test_a_run_that_has_finished_cannot_be_cancelled(stage: Stage, status: RunStatus) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, status, at=NOON)
    with pytest.raises(ConflictError, match=f"has already {status}"):
        stage.request_cancel.run(RUN, ANA)
    assert stage.queue.items == []


def test_only_the_owner_or_an_admin_may_cancel(stage: Stage) -> None:
    stage.running()
    with pytest.raises(AuthorizationError):
        stage.request_cancel.run(RUN, BEN)
    assert stage.run().cancel_requested_at is None


def test_an_admin_may_cancel_any_run(stage: Stage) -> None:
    stage.running()
    assert stage.request_cancel.run(RUN, ADMIN).cancel_requested_at == NOON


def test_a_cancel_of_an_unknown_run_raises_not_found(stage: Stage) -> None:
    with pytest.raises(NotFoundError):
        stage.request_cancel.run(RUN, ANA)


def test_reconcile_recovers_a_lost_cancel_request_while_syncs_go_on(stage: Stage) -> None:
    stage.running()
    stage.queue.is_down = True
    assert stage.request_cancel.run(RUN, ANA).cancel_requested_at == NOON
    stage.queue.is_down = False
    for _ in range(10):
        stage.clock.advance(minutes=1)
        stage.sync.run(ChainStep(run_id=RUN, chain="launch"))
    stage.queue.take_all()
    stage.reconcile.run()
    assert stage.queue.kinds == ["cancel"]
