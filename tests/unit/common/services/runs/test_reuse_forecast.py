"""The tasks that a recovery run is expected to reuse."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from common.domain.runs.recovery import REUSABLE
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskStatus
from common.services.ingest.store import IngestStore
from common.services.runs import reuse_forecast as module
from common.services.runs.reuse_forecast import ExpectedTask, ReuseForecast
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run, make_task

RUN_ID = make_run().run_id


def task(name: str, status: TaskStatus, task_hash: str) -> Task:
    return make_task(hash=task_hash, name=name, process=name.partition(" ")[0], status=status)


@pytest.fixture
def forecast(engine: Engine, runs: RunStoreService, store: IngestStore) -> ReuseForecast:
    runs.create_run(make_run())
    tasks = [
        task("FASTQC (1)", TaskStatus.COMPLETED, "aa/000001"),
        task("FASTQC (2)", TaskStatus.CACHED, "aa/000002"),
        task("STAR (1)", TaskStatus.FAILED, "bb/000001"),
        task("STAR (1)", TaskStatus.COMPLETED, "bb/000002"),  # a retry that went well
        task("STAR (2)", TaskStatus.ABORTED, "bb/000003"),
        task("MULTIQC", TaskStatus.FAILED, "cc/000001"),
    ]
    with store.writing(RUN_ID) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
    return ReuseForecast(engine)


def test_a_task_with_any_finished_attempt_is_reused(forecast: ReuseForecast) -> None:
    found = forecast.of(RUN_ID, reusable=REUSABLE)
    assert (found.reused_count, found.run_again_count) == (3, 2)
    assert found.tasks == [
        ExpectedTask(name="MULTIQC", process="MULTIQC", reused=False),
        ExpectedTask(name="STAR (2)", process="STAR", reused=False),
        ExpectedTask(name="FASTQC (1)", process="FASTQC", reused=True),
        ExpectedTask(name="FASTQC (2)", process="FASTQC", reused=True),
        ExpectedTask(name="STAR (1)", process="STAR", reused=True),
    ]


def test_nothing_is_reused_when_nothing_is_reusable(forecast: ReuseForecast) -> None:
    found = forecast.of(RUN_ID, reusable=())
    assert (found.reused_count, found.run_again_count) == (0, 5)
    assert not any(task.reused for task in found.tasks)


def test_a_run_without_tasks_has_an_empty_forecast(forecast: ReuseForecast) -> None:
    found = forecast.of("run-00000000", reusable=REUSABLE)
    assert (found.reused_count, found.run_again_count, list(found.tasks)) == (0, 0, [])


def test_the_list_is_bounded_and_the_counts_are_not(forecast: ReuseForecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LISTED_AT_MOST", 2)
    found = forecast.of(RUN_ID, reusable=REUSABLE)
    assert [task.name for task in found.tasks] == ["MULTIQC", "STAR (2)"]
    assert (found.reused_count, found.run_again_count) == (3, 2)


def test_finished_tasks_with_the_same_name_are_counted_separately(forecast: ReuseForecast, store: IngestStore) -> None:
    with store.writing(RUN_ID) as writer:
        writer.merge_tasks([task("FASTQC (1)", TaskStatus.COMPLETED, "aa/000009")], TaskSource.TRACE)
    assert forecast.of(RUN_ID, reusable=REUSABLE).reused_count == 4


def recover(runs: RunStoreService, store: IngestStore, run_id: str, later: int, *tasks: Task) -> None:
    """Store a recovery on the same session that has these tasks and has ended."""
    run = make_run(run_id=run_id, session_id=make_run().session_id, created_at=NOON + timedelta(hours=later))
    runs.create_run(run)
    with store.writing(run_id) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
    runs.update_run_status(run_id, RunStatus.FAILED, at=NOON + timedelta(hours=later, minutes=5))


@pytest.fixture
def ended(forecast: ReuseForecast, runs: RunStoreService) -> ReuseForecast:
    """The forecast once its run has failed, so that the session is free."""
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    return forecast


def test_a_recovery_that_died_early_reuses_what_its_parent_finished(
    ended: ReuseForecast, runs: RunStoreService, store: IngestStore
) -> None:
    recover(runs, store, "run-00000002", 1)
    recover(runs, store, "run-00000003", 2, task("FASTQC (1)", TaskStatus.CACHED, "aa/000001"))
    for run_id in (RUN_ID, "run-00000002", "run-00000003"):
        found = ended.of(run_id, reusable=REUSABLE)
        assert (found.reused_count, found.run_again_count) == (3, 2)


def test_tasks_finished_by_a_recovery_are_reused_by_the_next(
    ended: ReuseForecast, runs: RunStoreService, store: IngestStore
) -> None:
    recover(runs, store, "run-00000002", 1, task("STAR (2)", TaskStatus.COMPLETED, "bb/000007"))
    found = ended.of("run-00000002", reusable=REUSABLE)
    assert (found.reused_count, found.run_again_count) == (4, 1)


def test_a_task_that_a_recovery_had_to_repeat_and_did_not_finish_runs_again(
    ended: ReuseForecast, runs: RunStoreService, store: IngestStore
) -> None:
    recover(runs, store, "run-00000002", 1, task("FASTQC (1)", TaskStatus.ABORTED, "aa/000008"))
    found = ended.of("run-00000002", reusable=REUSABLE)
    assert (found.reused_count, found.run_again_count) == (2, 3)


def test_a_recovery_that_reused_a_part_before_it_died_does_not_hide_the_rest_of_a_name(
    ended: ReuseForecast, runs: RunStoreService, store: IngestStore
) -> None:
    finished = [task("SORT (s1)", TaskStatus.COMPLETED, f"dd/00000{number}") for number in range(3)]
    recover(runs, store, "run-00000002", 1, *finished)
    recover(runs, store, "run-00000003", 2, finished[0]._replace(status=TaskStatus.CACHED))
    assert ended.of("run-00000003", reusable=REUSABLE).reused_count == 3 + len(finished)


def test_tasks_that_a_recovery_ran_with_other_inputs_replace_the_earlier_ones(
    ended: ReuseForecast, runs: RunStoreService, store: IngestStore
) -> None:
    repeated = task("FASTQC (1)", TaskStatus.COMPLETED, "aa/000008")
    recover(runs, store, "run-00000002", 1, repeated)
    recover(runs, store, "run-00000003", 2, repeated._replace(status=TaskStatus.CACHED))
    assert ended.of("run-00000003", reusable=REUSABLE).reused_count == 3


def test_runs_of_another_session_do_not_count(ended: ReuseForecast, runs: RunStoreService, store: IngestStore) -> None:
    other = make_run(run_id="run-00000009", session_id="9f1c3a52-0000-4000-8000-000000000009")
    runs.create_run(other)
    with store.writing(other.run_id) as writer:
        writer.merge_tasks([task("STAR (2)", TaskStatus.COMPLETED, "bb/000003")], TaskSource.TRACE)
    assert ended.of(RUN_ID, reusable=REUSABLE).reused_count == 3
    assert ended.of(other.run_id, reusable=REUSABLE).reused_count == 1
