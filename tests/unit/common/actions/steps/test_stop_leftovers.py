from datetime import timedelta

import pytest

from common.domain.batch.job import JobState
from common.domain.batch.leftovers import MOST_UNKNOWN
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError
from tests.support.actions.stage import RUN, Stage
from tests.support.database import journal_of
from tests.support.runs import NOON
from tests.support.telemetry import recorded_actions

UNKNOWN = "run-ffffffff"


def over(stage: Stage) -> None:
    """A failed and archived run whose head job has ended."""
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED)
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.runs.note_archived(RUN, at=NOON)


def test_a_child_created_after_the_end_is_stopped(stage: Stage) -> None:
    over(stage)
    child = stage.batch.add_child(RUN, "nf-abcdef01-9", after=timedelta(minutes=3))
    stage.reconcile.run()
    assert stage.batch.cancelled == []
    stage.clock.advance(minutes=3)
    assert stage.reconcile.run() == 1
    assert stage.batch.cancelled == [child]
    last = journal_of(stage.engine, RUN)[-1]
    assert (last.data["action"], last.data["evidence"]) == ("orphans_stopped", {"jobs": 1, "first": [child]})


def test_a_child_that_listings_show_late_is_stopped(stage: Stage) -> None:
    over(stage)
    stage.batch.shows_after = timedelta(hours=5)
    child = stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.clock.advance(hours=6)
    stage.reconcile.run()
    assert stage.batch.cancelled == [child]


def test_a_child_of_a_run_that_ended_long_ago_is_stopped(stage: Stage) -> None:
    over(stage)
    stage.clock.advance(days=20)
    child = stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.reconcile.run()
    assert stage.batch.cancelled == [child]


def test_the_children_of_an_orphaned_head_are_stopped(stage: Stage) -> None:
    over(stage)
    stage.batch.move(stage.head, JobState.RUNNING)  # Batch had said that it does not exist
    child = stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.clock.advance(minutes=10)
    stage.reconcile.run()
    stage.batch.move(stage.head, JobState.CANCELLED)  # killed before it could delete its jobs
    late = stage.batch.add_child(RUN, "nf-abcdef02-9")
    stage.clock.advance(minutes=10)
    stage.reconcile.run()
    assert set(stage.batch.cancelled) == {stage.head, child, late}


def test_jobs_of_live_runs_are_left_alone(stage: Stage) -> None:
    stage.running()
    stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.clock.advance(hours=3)
    assert stage.reconcile.run() == 1  # its syncs are restarted
    assert stage.batch.cancelled == []


def test_jobs_without_our_labels_are_left_alone(stage: Stage) -> None:
    stage.batch.add_child(RUN, "their-job", labels={"team": "x"})
    stage.clock.advance(hours=3)
    stage.reconcile.run()
    assert stage.batch.cancelled == []


def test_a_few_old_jobs_of_unknown_runs_are_stopped(stage: Stage) -> None:
    old = [stage.batch.add_child(UNKNOWN, f"nf-abcdef{number:02}-1") for number in range(MOST_UNKNOWN)]
    stage.clock.advance(minutes=60)
    stage.reconcile.run()
    assert stage.batch.cancelled == []
    stage.clock.advance(minutes=1)
    stage.reconcile.run()
    assert stage.batch.cancelled == old


def test_many_jobs_of_unknown_runs_alert_and_are_not_stopped(stage: Stage) -> None:
    over(stage)
    for number in range(MOST_UNKNOWN + 1):
        stage.batch.add_child(UNKNOWN, f"nf-abcdef{number:02}-1")
    known = stage.batch.add_child(RUN, "nf-12345678-1")
    stage.clock.advance(hours=2)
    with recorded_actions() as actions:
        stage.reconcile.run()
    assert stage.batch.cancelled == [known]
    assert "unknown_jobs" in actions


def test_a_job_that_batch_does_not_end_alerts_after_six_hours(stage: Stage) -> None:
    over(stage)
    stage.batch.stops_after = timedelta(days=1)
    stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.reconcile.run()
    stage.clock.advance(hours=5, minutes=59)
    with recorded_actions() as early:
        stage.reconcile.run()
    stage.clock.advance(minutes=1)
    with recorded_actions() as late:
        stage.reconcile.run()
    assert ("jobs_do_not_end" in early, "jobs_do_not_end" in late) == (False, True)


def test_a_failure_for_one_run_does_not_keep_the_jobs_of_others(stage: Stage) -> None:
    over(stage)
    stage.pending(run_id="run-00000002", status=RunStatus.FAILED)
    failing = stage.batch.add_child(RUN, "nf-abcdef01-9")
    other = stage.batch.add_child("run-00000002", "nf-abcdef02-9")
    stage.batch.unstoppable.add(failing)
    with pytest.raises(UnavailableError):
        stage.reconcile.run()
    assert stage.batch.cancelled == [other]


@pytest.mark.parametrize("run_id", [RUN, UNKNOWN])
def test_a_job_that_cannot_be_stopped_does_not_keep_the_others_running(stage: Stage, run_id: str) -> None:
    over(stage)
    stuck, other = stage.batch.add_child(run_id, "nf-aa000000-1"), stage.batch.add_child(run_id, "nf-bb000000-1")
    stage.batch.unstoppable.add(stuck)
    stage.clock.advance(hours=2)
    with pytest.raises(UnavailableError):
        stage.reconcile.run()
    assert stage.batch.cancelled == [other]


def test_nothing_is_stopped_while_batch_does_not_list_its_jobs(stage: Stage) -> None:
    over(stage)
    stage.batch.add_child(RUN, "nf-abcdef01-9")
    stage.batch.is_down = True
    with recorded_actions() as actions:
        assert stage.reconcile.run() == 0
    assert (stage.batch.cancelled, actions) == ([], ["leftovers_not_found"])
