from datetime import timedelta

import pytest

from common.domain.batch.job import ENDED, JobState
from common.domain.tasks.merging import TaskSource
from common.errors import UnavailableError
from tests.support.actions.stage import RUN, Stage
from tests.support.runs import make_task

STOPPING = {JobState.CANCELLATION_IN_PROGRESS, JobState.DELETION_IN_PROGRESS}


def name_jobs(stage: Stage, *job_ids: str) -> None:
    """Store tasks whose native ids name these jobs."""
    tasks = [make_task(hash=f"00/{number:06}", native_id=f"{job}/0/uid") for number, job in enumerate(job_ids)]
    with stage.ingest.writing(RUN) as writer:
        writer.merge_tasks(tasks, TaskSource.LOG)


@pytest.mark.parametrize("state", JobState)
def test_a_sweep_stops_jobs_that_have_not_ended_and_are_not_stopping(stage: Stage, state: JobState) -> None:
    stage.pending()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1", state)
    sweep = stage.sweep_jobs.run(stage.run())
    assert sweep.stopped == stage.batch.cancelled == ([] if state in ENDED | STOPPING else [child])
    assert sweep.all_ended == (state in ENDED)
    assert dict(stage.sweep_jobs.count(stage.run())) == {state.name: 1}


def test_a_job_that_is_both_labelled_and_named_counts_once(stage: Stage) -> None:
    stage.pending()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    name_jobs(stage, "nf-abcdef01-1")
    assert stage.sweep_jobs.run(stage.run()).stopped == [child]


def test_a_job_whose_label_was_replaced_is_found_by_its_name(stage: Stage) -> None:
    stage.pending()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1", labels={"team": "x"})
    name_jobs(stage, "nf-abcdef01-1", "nf-abcdef02-1")
    assert stage.sweep_jobs.run(stage.run()).stopped == [child]
    stage.batch.move(child, JobState.CANCELLED)
    assert stage.sweep_jobs.run(stage.run()).all_ended
    assert dict(stage.sweep_jobs.count(stage.run())) == {"CANCELLED": 1, "GONE": 1}


def test_a_named_job_that_has_ended_is_looked_up_once(stage: Stage) -> None:
    stage.pending()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.FAILED, labels={"team": "x"})
    name_jobs(stage, "nf-abcdef01-1")
    for _ in range(3):
        assert stage.sweep_jobs.run(stage.run()).all_ended
    assert stage.batch.read == [child]


def test_many_named_jobs_with_our_label_are_listed_and_not_looked_up(stage: Stage) -> None:
    stage.pending()
    ended = [f"nf-aa000000-{number}" for number in range(30)]
    for job_id in ended:
        stage.batch.add_child(RUN, job_id, JobState.CANCELLED)
    unlabelled = stage.batch.add_child(RUN, "nf-bb000000-1", labels={})
    name_jobs(stage, *ended, "nf-bb000000-1")
    assert stage.sweep_jobs.run(stage.run()).stopped == [unlabelled]
    assert stage.batch.read == [unlabelled]


def test_a_live_job_that_only_the_listing_of_all_jobs_shows_is_stopped(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.pending()
    children = [stage.batch.add_child(RUN, f"nf-aa000000-{number}") for number in range(30)]
    name_jobs(stage, *(child.rpartition("/")[2] for child in children))
    monkeypatch.setattr(stage.batch, "live_child_jobs", lambda _run_id: iter(()))
    assert stage.sweep_jobs.run(stage.run()).stopped == children


def test_a_named_job_without_a_label_that_is_older_than_the_run_is_left_alone(stage: Stage) -> None:
    foreign = stage.batch.add_child(RUN, "nf-abcdef01-1", labels={})
    stage.pending(created_at=stage.clock.now + timedelta(seconds=1))
    name_jobs(stage, "nf-abcdef01-1")
    assert stage.sweep_jobs.run(stage.run()).all_ended
    assert foreign not in stage.batch.cancelled


def test_a_job_with_the_label_of_another_run_is_left_alone(stage: Stage) -> None:
    stage.pending()
    stage.batch.add_child("run-00000001", "nf-abcdef01-1")
    name_jobs(stage, "nf-abcdef01-1")
    assert stage.sweep_jobs.run(stage.run()).stopped == []
    assert stage.sweep_jobs.count(stage.run()).total() == 0


def test_a_sweep_without_jobs_stops_nothing(stage: Stage) -> None:
    stage.pending()
    sweep = stage.sweep_jobs.run(stage.run())
    assert (sweep.stopped, sweep.all_ended) == ([], True)


def test_an_error_of_batch_does_not_count_as_an_empty_sweep(stage: Stage) -> None:
    stage.pending()
    stage.batch.is_down = True
    with pytest.raises(UnavailableError):
        stage.sweep_jobs.run(stage.run())


def test_a_job_that_cannot_be_stopped_does_not_keep_the_others_running(stage: Stage) -> None:
    stage.pending()
    stuck = stage.batch.add_child(RUN, "nf-aa000000-1")
    others = [stage.batch.add_child(RUN, f"nf-bb000000-{number}") for number in range(10)]
    others.append(stage.batch.add_child(RUN, "nf-cc000000-1", labels={}))
    name_jobs(stage, "nf-cc000000-1")
    stage.batch.unstoppable.add(stuck)
    with pytest.raises(UnavailableError):
        stage.sweep_jobs.run(stage.run())
    assert stage.batch.cancelled == others


def test_a_sweep_gives_up_after_five_jobs_that_batch_does_not_stop(stage: Stage) -> None:
    stage.pending()
    names = [stage.batch.add_child(RUN, f"nf-bb00000{number}-1") for number in range(6)]
    stage.batch.unstoppable.update(names[:5])
    with pytest.raises(UnavailableError):
        stage.sweep_jobs.run(stage.run())
    assert stage.batch.cancelled == []
