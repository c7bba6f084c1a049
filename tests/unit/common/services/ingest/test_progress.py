"""Metrics and progress of a run follow its tasks; sums are made only after tasks have changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, update

from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading
from common.domain.runs.files import TRACE
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskStatus
from common.models.task_summaries import TaskSummaryRow
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from tests.support.database import journal_of, sent_statements
from tests.support.runs import NOON, make_run, make_task

RUN_ID = make_run().run_id
LATER = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    runs.create_run(make_run())


def merge(store: IngestStore, *updates: Task, source: TaskSource = TaskSource.LOG) -> None:
    with store.writing(RUN_ID) as writer:
        writer.merge_tasks(updates, source)


@pytest.fixture
def note(store: IngestStore) -> Callable[[], None]:
    def note() -> None:
        with store.writing(RUN_ID) as writer:
            writer.note_progress(at=LATER)

    return note


def test_changed_counts_are_stored_and_journaled(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED), make_task(hash="ff/000000"))

    note()

    event = journal_of(engine, RUN_ID)[-1]
    counts = {"tasks": {"COMPLETED": 1, "SUBMITTED": 1}, "total": 2, "expected": None, "finished": 1, "progress": None}
    assert (event.seq, event.event, event.at, event.data) == (2, "progress", LATER, {"run_id": RUN_ID, **counts})
    run = runs.get_run(RUN_ID)
    assert run.metrics == counts | {"cpu_hours": 0.0, "memory_gb_hours": 0.0, "duration_ms": None}
    assert run.updated_at == LATER


def test_unchanged_counts_are_journaled_once(store: IngestStore, engine: Engine, note: Callable[[], None]) -> None:
    merge(store, make_task())

    for _ in range(3):
        note()

    assert [row.event for row in journal_of(engine, RUN_ID)] == ["status", "progress"]


def test_a_run_without_tasks_has_no_progress(engine: Engine, note: Callable[[], None]) -> None:
    note()

    assert [row.event for row in journal_of(engine, RUN_ID)] == ["status"]


def test_new_times_with_the_same_counts_are_stored_and_not_journaled(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED))
    note()
    merge(store, make_task(status=TaskStatus.COMPLETED, realtime_ms=3_600_000, cpus=4), source=TaskSource.TRACE)

    note()

    assert [row.event for row in journal_of(engine, RUN_ID)] == ["status", "progress"]
    assert (runs.get_run(RUN_ID).metrics or {})["cpu_hours"] == 4.0


def test_no_progress_is_journaled_after_the_end_of_a_run(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    merge(store, make_task())

    note()

    assert [row.event for row in journal_of(engine, RUN_ID)] == ["status", "status", "done"]
    assert (runs.get_run(RUN_ID).metrics or {})["total"] == 1


def test_progress_of_an_unknown_run_is_ignored(store: IngestStore, engine: Engine) -> None:
    with store.writing("run-00000000") as writer:
        writer.note_progress(at=NOON)
    assert journal_of(engine, "run-00000000") == []


def trace_reading(generation: int, *tasks: Task) -> Reading:
    """A reading of the end of a trace."""
    cursor = FileCursor(generation=generation, byte_offset=generation)
    return Reading(cursor=cursor, source=TaskSource.TRACE, tasks=tasks)


def save(store: IngestStore, *readings: Reading, after: FileCursor, at: datetime) -> FileCursor:
    """Store readings of the trace one after the other; return the cursor after the last."""
    for reading in readings:
        after = store.save(RUN_ID, TRACE, reading, after=after, at=at)
    return after


def total(runs: RunStoreService) -> int | None:
    metrics = runs.get_run(RUN_ID).metrics
    return metrics["total"] if metrics else None


def test_tasks_that_have_not_changed_are_not_summed_up_again(store: IngestStore, engine: Engine) -> None:
    first = save(store, trace_reading(1, make_task()), after=FileCursor(), at=NOON)
    settled = save(store, trace_reading(2, make_task()), after=first, at=NOON)
    with sent_statements(engine) as sent:
        save(store, trace_reading(3, make_task()), trace_reading(4), after=settled, at=NOON)
    assert sent
    assert not any(text in statement for statement in sent for text in ("percentile_disc", "UPDATE runs", "INTO tasks"))


def test_changes_in_the_chunks_before_the_end_of_a_file_are_summed_up_at_its_end(
    store: IngestStore, runs: RunStoreService
) -> None:
    chunk = replace(trace_reading(1, make_task()), cursor=FileCursor(byte_offset=1))
    after = save(store, chunk, after=FileCursor(), at=NOON)
    assert total(runs) is None
    save(store, trace_reading(2), after=after, at=NOON)
    assert total(runs) == 1


def test_sums_of_very_many_tasks_wait_and_then_include_all_changes(
    store: IngestStore, runs: RunStoreService, engine: Engine
) -> None:
    after = save(store, trace_reading(1, make_task()), after=FileCursor(), at=NOON)
    with engine.begin() as connection:  # as if there had been 600,000 tasks
        connection.execute(update(TaskSummaryRow).values(due_at=LATER))

    after = save(store, trace_reading(2, make_task(hash="01/000000")), after=after, at=NOON)
    assert total(runs) == 1
    save(store, trace_reading(3), after=after, at=LATER)
    assert total(runs) == 2


def test_the_end_of_a_run_does_not_wait_for_its_sums(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    save(store, trace_reading(1, make_task()), after=FileCursor(), at=NOON)
    with engine.begin() as connection:
        connection.execute(update(TaskSummaryRow).values(due_at=LATER + timedelta(hours=1)))
    merge(store, make_task(hash="01/000000"))
    note()
    assert total(runs) == 2


def test_hours_are_summed_without_cached_tasks(
    store: IngestStore, runs: RunStoreService, note: Callable[[], None]
) -> None:
    hour = make_task(status=TaskStatus.COMPLETED, realtime_ms=3_600_000, cpus=2, memory=3 << 30)
    merge(store, hour, hour._replace(hash="01/000000"), hour._replace(hash="02/000000", status=TaskStatus.CACHED))

    note()

    metrics = runs.get_run(RUN_ID).metrics or {}
    assert (metrics["cpu_hours"], metrics["memory_gb_hours"]) == (4.0, 6.0)


def test_the_duration_spans_all_tasks_except_cached_ones(
    store: IngestStore, runs: RunStoreService, note: Callable[[], None]
) -> None:
    merge(
        store,
        make_task(status=TaskStatus.COMPLETED, submit_time=NOON, end_time=NOON + timedelta(minutes=1)),
        make_task(hash="01/000000", status=TaskStatus.RUNNING, start_time=NOON + timedelta(minutes=5)),
        make_task(hash="02/000000", status=TaskStatus.CACHED, submit_time=NOON - timedelta(days=1)),
    )

    note()

    assert (runs.get_run(RUN_ID).metrics or {})["duration_ms"] == 300_000


def test_long_tasks_with_much_memory_can_be_summed(
    store: IngestStore, runs: RunStoreService, note: Callable[[], None]
) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED, realtime_ms=100 * 3_600_000, cpus=64, memory=512 << 30))

    note()

    metrics = runs.get_run(RUN_ID).metrics or {}
    assert (metrics["cpu_hours"], metrics["memory_gb_hours"]) == (6400.0, 51200.0)


def test_progress_is_estimated_from_completed_runs_of_the_pipeline(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    for number, (status, pipeline, total) in enumerate(
        [
            (RunStatus.COMPLETED, "nf-core/scrnaseq", 4),
            (RunStatus.FAILED, "nf-core/scrnaseq", 90),
            (RunStatus.COMPLETED, "x/y", 90),
        ]
    ):
        earlier = make_run(run_id=f"run-0000000{number}", pipeline=pipeline, status=status, metrics={"total": total})
        runs.create_run(earlier)
    merge(store, make_task(status=TaskStatus.COMPLETED), make_task(hash="ff/000000"))

    note()

    metrics = runs.get_run(RUN_ID).metrics or {}
    assert (metrics["expected"], metrics["progress"]) == (4, 0.25)
    runs.create_run(make_run(run_id="run-0000000a", status=RunStatus.COMPLETED, metrics={"total": 400}))
    merge(store, make_task(hash="ff/000000", status=TaskStatus.COMPLETED))
    note()
    metrics = runs.get_run(RUN_ID).metrics or {}
    assert (metrics["expected"], metrics["progress"]) == (4, 0.5)


def test_progress_is_1_when_the_run_has_completed(
    store: IngestStore, runs: RunStoreService, engine: Engine, note: Callable[[], None]
) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED))
    note()
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED):
        runs.update_run_status(RUN_ID, status, at=LATER)

    events = journal_of(engine, RUN_ID)
    assert [row.event for row in events][-3:] == ["progress", "status", "done"]
    assert (runs.get_run(RUN_ID).metrics or {})["progress"] == events[-3].data["progress"] == 1
    note()
    assert (runs.get_run(RUN_ID).metrics or {})["progress"] == 1
