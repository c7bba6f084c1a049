"""Summaries of the tasks of runs."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from common.domain.tasks.merging import TaskSource
from common.domain.tasks.summary import AttemptStats, RunTaskSummary
from common.domain.tasks.task import ENDED, Task, TaskStatus
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from common.services.tasks.listing import TaskFilter, task_page
from tests.support.runs import NOON, make_run, make_task

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


def add(store: IngestStore, *tasks: Task, run_id: str = RUN_ID) -> None:
    with store.writing(run_id) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
        writer.note_progress(at=NOON)


def summary(engine: Engine) -> RunTaskSummary:
    with engine.connect() as connection:
        return task_page(connection, RUN_ID, TaskFilter()).summary


def ended(number: int, *, process: str = "ALIGN", status: TaskStatus = TaskStatus.COMPLETED) -> Task:
    """A task that took `number` ms and as many bytes."""
    return make_task(
        hash=f"00/{number:06}", process=process, status=status, duration_ms=number, memory_peak=number, realtime_ms=1
    )


def test_a_run_without_tasks_has_an_empty_summary(engine: Engine, store: IngestStore) -> None:
    add(store, ended(1), run_id=OTHER_ID)
    assert summary(engine) == RunTaskSummary()


def test_each_task_counts_once_by_status_and_once_by_process(engine: Engine, store: IngestStore) -> None:
    add(store, ended(1), ended(2, status=TaskStatus.FAILED), ended(3, process="QC"))

    assert {name: (stats.count, stats.failed) for name, stats in summary(engine).by_status.items()} == {
        "COMPLETED": (2, 0),
        "FAILED": (1, 1),
    }
    assert {name: (stats.count, stats.failed) for name, stats in summary(engine).by_process.items()} == {
        "ALIGN": (2, 1),
        "QC": (1, 0),
    }


def test_a_process_counts_the_tasks_that_run_and_those_that_have_ended(engine: Engine, store: IngestStore) -> None:
    add(store, *(make_task(hash=f"00/{n:06}", process="ALIGN", status=status) for n, status in enumerate(TaskStatus)))

    stats = summary(engine).by_process["ALIGN"]
    assert (stats.count, stats.running, stats.finished, stats.failed) == (len(TaskStatus), 1, len(ENDED), 1)


def test_a_summary_has_percentiles_of_durations_and_peak_memory(engine: Engine, store: IngestStore) -> None:
    add(store, *(ended(number) for number in range(1, 101)))

    expected = AttemptStats(count=100, finished=100, p50_duration=50, p95_duration=95, peak_memory=100)
    assert summary(engine).by_process == {"ALIGN": expected}


def test_cached_tasks_are_counted_only(engine: Engine, store: IngestStore) -> None:
    add(store, ended(10), ended(500, status=TaskStatus.CACHED))

    assert summary(engine) == RunTaskSummary(
        by_status={
            "CACHED": AttemptStats(count=1, finished=1),
            "COMPLETED": AttemptStats(count=1, finished=1, p50_duration=10, p95_duration=10, peak_memory=10),
        },
        by_process={"ALIGN": AttemptStats(count=2, finished=2, p50_duration=10, p95_duration=10, peak_memory=10)},
    )


def test_a_summary_is_updated_when_only_tasks_change(engine: Engine, store: IngestStore) -> None:
    add(store, ended(10))
    add(store, ended(10)._replace(memory_peak=99))

    assert summary(engine).by_process["ALIGN"].peak_memory == 99


def test_processes_are_in_the_order_in_which_they_began(engine: Engine, store: IngestStore) -> None:
    later = {"ZIP": 1, "ALIGN": 2, "QC": 3}
    tasks = [
        ended(number, process=process)._replace(submit_time=NOON + timedelta(seconds=number))
        for process, number in later.items()
    ]
    add(store, *reversed(tasks))

    assert list(summary(engine).by_process) == ["ZIP", "ALIGN", "QC"]
