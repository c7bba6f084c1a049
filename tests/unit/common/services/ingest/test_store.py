"""Entries and tasks are stored together with the cursor of their file."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Row, func, select, text

from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading
from common.domain.nextflow.log.records import LogRecord
from common.domain.nextflow.trace.reader import TraceReader
from common.domain.nextflow.trace.row import TraceRow
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.runs.run import Run
from common.domain.tasks.merging import TaskSource, update_from_trace
from common.domain.tasks.task import ENDED, Task, TaskRequest, TaskStatus
from common.errors import NotFoundError
from common.models.log_entries import LogEntryRow
from common.models.tasks import TaskRow
from common.services.ingest.store import IngestStore
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.runs.store import RunStoreService
from tests.support.database import sent_statements
from tests.support.runs import NOON, make_run, make_task
from tests.support.threads import all_at_once

RUN_ID = make_run().run_id
LATER = NOON + timedelta(minutes=1)
NASTY = "a\0b\ud800\\u0000\n\t\\."
SAVED = "a\ufffdb?\\u0000\n\t\\."


@pytest.fixture(autouse=True)
def run(runs: RunStoreService) -> Run:
    runs.create_run(make_run())
    return make_run()


def record(message: str, *, start: int = 0) -> LogRecord:
    return LogRecord(start, start + len(message), NOON, "INFO", "main", "nextflow.Session", message.encode())


def add(store: IngestStore, *messages: str, first_number: int) -> None:
    with store.writing(RUN_ID) as writer:
        writer.add_entries([record(message) for message in messages], first_number=first_number)


def merge(store: IngestStore, *updates: Task, source: TaskSource = TaskSource.LOG) -> None:
    with store.writing(RUN_ID) as writer:
        writer.merge_tasks(updates, source)


def entries(engine: Engine) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(select(LogEntryRow.__table__).order_by(LogEntryRow.number)).all()


def tasks(engine: Engine) -> list[Task]:
    with engine.connect() as connection:
        return [task_from(row) for row in connection.execute(stored_tasks().order_by(TaskRow.hash))]


def failed_marks(engine: Engine) -> set[bool | None]:
    with engine.connect() as connection:
        return set(connection.execute(select(TaskRow.is_failed)).scalars())


# ── Cursors ─────────────────────────────────────────────────────────────────────────────────────────────


def test_an_unread_file_has_a_new_cursor(store: IngestStore) -> None:
    assert store.cursor(RUN_ID, TRACE) == FileCursor()


def test_a_cursor_is_stored_and_loaded_unchanged(store: IngestStore) -> None:
    cursor = FileCursor(
        generation=2**62,
        byte_offset=5 << 30,
        boundary="00ff",
        beginning=b"\0\xff",
        part=2,
        next_number=7,
        reader={"open": "QQ==", "last": None},
        summary={"exit_code": 1},
        skipped=[{"line": "x", "reason": "y"}],
        skipped_count=101,
    )

    with store.writing(RUN_ID) as writer:
        first = FileCursor(byte_offset=1)
        assert writer.move_cursor(TRACE, first, after=FileCursor(), at=NOON)
        assert writer.move_cursor(TRACE, cursor, after=first, at=LATER)

    assert store.cursor(RUN_ID, TRACE) == cursor
    assert store.cursor(RUN_ID, NEXTFLOW_LOG) == FileCursor()


def test_text_that_jsonb_cannot_hold_is_replaced_in_a_cursor(store: IngestStore) -> None:
    cursor = FileCursor(reader={"torn": NASTY}, summary={NASTY: 1}, skipped=[{"line": NASTY}])

    with store.writing(RUN_ID) as writer:
        writer.move_cursor(TRACE, cursor, after=FileCursor(), at=NOON)

    found = store.cursor(RUN_ID, TRACE)
    assert (found.reader, found.summary, found.skipped) == ({"torn": SAVED}, {SAVED: 1}, [{"line": SAVED}])


def reading_to(byte_offset: int, *messages: str) -> Reading:
    """A reading that moves a new cursor to `byte_offset`."""
    records = [record(message) for message in messages]
    return Reading(cursor=FileCursor(byte_offset=byte_offset), source=TaskSource.LOG, records=records)


def test_only_the_first_of_two_readings_after_one_cursor_is_stored(store: IngestStore, engine: Engine) -> None:
    first, second = reading_to(5, "first"), reading_to(6, "second")

    assert store.save(RUN_ID, NEXTFLOW_LOG, first, after=FileCursor(), at=NOON) == first.cursor
    assert store.save(RUN_ID, NEXTFLOW_LOG, second, after=FileCursor(), at=NOON) == first.cursor

    assert store.cursor(RUN_ID, NEXTFLOW_LOG) == first.cursor
    assert [row.message for row in entries(engine)] == ["first"]
    assert store.save(RUN_ID, NEXTFLOW_LOG, second, after=first.cursor, at=NOON) == second.cursor


def test_one_of_several_readings_saved_at_once_is_stored(store: IngestStore) -> None:
    def deliver(number: int) -> bool:
        reading = reading_to(number)
        return store.save(RUN_ID, TRACE, reading, after=FileCursor(), at=NOON) == reading.cursor

    wrote = all_at_once([partial(deliver, number) for number in (1, 2, 3, 4)])

    assert store.cursor(RUN_ID, TRACE).byte_offset == wrote.index(True) + 1
    assert wrote.count(True) == 1


@pytest.mark.parametrize(("generation", "has_metrics"), [(0, False), (1, True)], ids=["a chunk", "the end of the file"])
def test_progress_is_noted_once_a_file_is_read_to_its_end(
    store: IngestStore, runs: RunStoreService, generation: int, has_metrics: bool
) -> None:
    cursor = FileCursor(generation=generation, byte_offset=5)
    reading = Reading(cursor=cursor, source=TaskSource.TRACE, tasks=[make_task()])
    store.save(RUN_ID, TRACE, reading, after=FileCursor(), at=NOON)
    assert (runs.get_run(RUN_ID).metrics is not None) == has_metrics


def test_writers_on_one_run_take_turns(store: IngestStore) -> None:
    def read_one_more() -> None:
        with store.writing(RUN_ID) as writer:
            cursor = writer.cursor(TRACE)
            writer.move_cursor(TRACE, replace(cursor, byte_offset=cursor.byte_offset + 1), after=cursor, at=NOON)

    for _ in range(5):
        all_at_once([read_one_more] * 4)

    assert store.cursor(RUN_ID, TRACE).byte_offset == 20


def test_writers_on_different_runs_work_in_parallel(store: IngestStore, runs: RunStoreService) -> None:
    runs.create_run(make_run(run_id="run-00000002"))

    with store.writing(RUN_ID) as one, store.writing("run-00000002") as other:
        one.move_cursor(TRACE, FileCursor(byte_offset=1), after=FileCursor(), at=NOON)
        other.move_cursor(TRACE, FileCursor(byte_offset=2), after=FileCursor(), at=NOON)

    assert (store.cursor(RUN_ID, TRACE).byte_offset, store.cursor("run-00000002", TRACE).byte_offset) == (1, 2)


def test_a_failed_transaction_stores_neither_rows_nor_cursor(store: IngestStore, engine: Engine) -> None:
    with suppress(KeyError), store.writing(RUN_ID) as writer:
        writer.add_entries([record("one")], first_number=0)
        writer.merge_tasks([make_task()], TaskSource.LOG)
        writer.move_cursor(NEXTFLOW_LOG, FileCursor(byte_offset=3), after=FileCursor(), at=NOON)
        raise KeyError

    assert (entries(engine), tasks(engine), store.cursor(RUN_ID, NEXTFLOW_LOG)) == ([], [], FileCursor())


def test_a_cursor_moves_only_from_where_it_is(store: IngestStore) -> None:
    here = FileCursor(generation=1, byte_offset=5, part=1, skipped_count=2)
    others = [
        FileCursor(),
        replace(here, part=2),
        replace(here, byte_offset=6),
        replace(here, generation=2),
        replace(here, skipped_count=3),
    ]
    with store.writing(RUN_ID) as writer:
        assert not writer.move_cursor(TRACE, replace(here, byte_offset=6), after=here, at=NOON)
        assert writer.move_cursor(TRACE, here, after=FileCursor(), at=NOON)
        moves = [writer.move_cursor(TRACE, FileCursor(byte_offset=7), after=other, at=NOON) for other in others]
    assert moves == [False] * 5
    assert store.cursor(RUN_ID, TRACE) == here


def test_parts_of_a_cursor_that_stay_are_not_written_again(store: IngestStore, engine: Engine) -> None:
    here = FileCursor(byte_offset=5, summary={"exit_code": 1}, beginning=b"12345")
    with store.writing(RUN_ID) as writer, sent_statements(engine) as sent:
        writer.move_cursor(TRACE, here, after=FileCursor(), at=NOON)
        writer.move_cursor(TRACE, replace(here, byte_offset=6), after=here, at=NOON)
    assert "summary" in sent[0]
    assert "summary" not in sent[1]
    assert store.cursor(RUN_ID, TRACE) == replace(here, byte_offset=6)


def test_a_run_is_read_with_the_cursors_of_its_files(store: IngestStore, engine: Engine, run: Run) -> None:
    cursor = FileCursor(byte_offset=5, beginning=b"\0\xff", reader={"open": "QQ=="}, skipped=[{"line": "x"}])
    with store.writing(RUN_ID) as writer:
        writer.move_cursor(TRACE, cursor, after=FileCursor(), at=NOON)
    with sent_statements(engine) as sent:
        found, cursors = store.run_and_cursors(RUN_ID, [NEXTFLOW_LOG, TRACE])
    assert (replace(found, event_seq=run.event_seq), cursors) == (run, [FileCursor(), cursor])
    assert len(sent) == 1


def test_an_unknown_run_has_no_cursors(store: IngestStore) -> None:
    with pytest.raises(NotFoundError):
        store.run_and_cursors("run-00000000", [TRACE])


# ── Tasks ───────────────────────────────────────────────────────────────────────────────────────────────


FULL = make_task(
    name=SAVED,
    status=TaskStatus.COMPLETED,
    task_id=7,
    exit_code=0,
    attempt=1,
    submit_time=NOON,
    start_time=NOON,
    end_time=LATER,
    duration_ms=60_000,
    realtime_ms=59_000,
    cpu_percent=151.6,
    cpus=4,
    memory=6 << 30,
    memory_peak=5 << 30,
    read_bytes=1 << 40,
    write_bytes=0,
    work_dir="gs://sluice-work/runs/run-1a2b3c4d/work/ab/cdef01",
    native_id="projects/p/locations/l/jobs/nf-abcdef01-1/0/uid",
    error_action="RETRY",
    message="why",
    request=TaskRequest(disk=100 << 30, time_ms=14_400_000, container="quay.io/star:2"),
)


def test_a_task_is_stored_and_loaded_unchanged(store: IngestStore, engine: Engine) -> None:
    merge(store, FULL._replace(name=NASTY))

    assert tasks(engine) == [FULL]


def test_several_updates_of_one_task_are_merged(store: IngestStore, engine: Engine) -> None:
    merge(store, make_task(submit_time=NOON), make_task(status=TaskStatus.COMPLETED, exit_code=0))

    assert tasks(engine) == [make_task(submit_time=NOON, status=TaskStatus.COMPLETED, exit_code=0)]


def test_the_trace_decides_in_either_order(store: IngestStore, engine: Engine) -> None:
    log = make_task(status=TaskStatus.COMPLETED, exit_code=0, submit_time=NOON)
    trace = make_task(status=TaskStatus.FAILED, exit_code=1, realtime_ms=5)
    final = make_task(status=TaskStatus.FAILED, exit_code=1, realtime_ms=5, submit_time=NOON, is_settled=True)

    merge(store, log)
    merge(store, trace, source=TaskSource.TRACE)
    merge(store, trace._replace(hash="ff/000000"), source=TaskSource.TRACE)
    merge(store, log._replace(hash="ff/000000"))

    assert tasks(engine) == [final, final._replace(hash="ff/000000")]


def test_an_ended_task_does_not_become_live_again(store: IngestStore, engine: Engine) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED), source=TaskSource.TRACE)

    merge(store, make_task(status=TaskStatus.SUBMITTED))

    assert tasks(engine)[0].status == TaskStatus.COMPLETED


def test_simultaneous_updates_from_log_and_trace_are_merged(store: IngestStore, engine: Engine) -> None:
    log = partial(merge, store, make_task(submit_time=NOON))
    trace = partial(merge, store, make_task(status=TaskStatus.COMPLETED, realtime_ms=5), source=TaskSource.TRACE)

    all_at_once([log, trace, log, trace])

    together = make_task(status=TaskStatus.COMPLETED, realtime_ms=5, submit_time=NOON, is_settled=True)
    assert tasks(engine) == [together]


def test_many_new_tasks_and_changed_ones_are_stored_alike(store: IngestStore, engine: Engine) -> None:
    many = [FULL._replace(hash=f"00/{number:06}", name=NASTY) for number in range(150)]
    merge(store, *many[:120])
    few = [task._replace(exit_code=1, is_settled=True) for task in many]
    merge(store, *few, source=TaskSource.TRACE)

    assert tasks(engine) == [task._replace(name=SAVED) for task in few]


@pytest.mark.parametrize("count", [1, 101])  # more than a hundred new tasks are copied
@pytest.mark.parametrize("status", TaskStatus)
def test_tasks_that_failed_are_marked(store: IngestStore, engine: Engine, status: TaskStatus, count: int) -> None:
    merge(store, *(make_task(hash=f"ab/{number:06}", status=status) for number in range(count)))

    assert failed_marks(engine) == {True if status == TaskStatus.FAILED else None}


def test_a_task_is_marked_as_failed_as_long_as_it_is(store: IngestStore, engine: Engine) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED))
    merge(store, make_task(status=TaskStatus.FAILED))
    assert failed_marks(engine) == {True}

    merge(store, make_task(status=TaskStatus.COMPLETED), source=TaskSource.TRACE)

    assert failed_marks(engine) == {None}


def test_a_task_that_runs_or_completes_is_updated_in_place(store: IngestStore) -> None:
    """No index names a column that these updates change, so Postgres writes into none (HOT)."""
    merge(store, make_task(status=TaskStatus.SUBMITTED))

    in_place = select(func.pg_stat_get_xact_tuples_hot_updated(text("'tasks'::regclass")))
    with store.writing(RUN_ID) as writer:
        before = writer.connection.execute(in_place).scalar_one()
        writer.mark_running({make_task().hash: ["nf-1"]})
        writer.merge_tasks([make_task(status=TaskStatus.COMPLETED, exit_code=0, end_time=LATER)], TaskSource.LOG)
        assert writer.connection.execute(in_place).scalar_one() - before == 2


def test_no_updates_write_nothing(store: IngestStore, engine: Engine) -> None:
    merge(store)

    assert tasks(engine) == []


def test_more_tasks_than_a_statement_takes_values_can_be_marked_running(store: IngestStore, engine: Engine) -> None:
    merge(store, make_task())

    with store.writing(RUN_ID) as writer:
        writer.mark_running({f"{number:08x}": ["nf-1"] for number in range(66_000)} | {make_task().hash: ["nf-1"]})

    assert tasks(engine)[0].status == TaskStatus.RUNNING


_COLUMNS = "task_id,hash,native_id,name,tag,status,exit,submit,start,complete,realtime,%cpu,cpus,memory,attempt"
_MOMENTS = ["2026-11-23 12:00:00.000", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999"]
_SIZES = ["9999 ZB", "9" * 19 + " GB", "99999999d", "1.5 GB", "98%", "9" * 30 + "%"]
_CELLS = st.sampled_from(["-", "", "1", "-1", "9" * 18, "-" + "9" * 17, "9" * 40, "word", NASTY, *_MOMENTS, *_SIZES])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_CELLS, min_size=15, max_size=15), min_size=1, max_size=20))
def test_any_trace_can_be_stored(store: IngestStore, engine: Engine, lines: list[list[str]]) -> None:
    table = [_COLUMNS.split(","), *(["1", "ab/cdef01", *line[2:5], "COMPLETED", *line[6:]] for line in lines)]
    trace = "".join("\t".join(cells) + "\n" for cells in table)
    rows = TraceReader().feed(trace.encode(errors="replace"))

    stored = [update_from_trace(row) for row in rows if isinstance(row, TraceRow)]
    merge(store, *stored, source=TaskSource.TRACE)

    assert {task.hash for task in tasks(engine)} >= {task.hash for task in stored}


@pytest.mark.parametrize("status", sorted(TaskStatus))
def test_only_waiting_tasks_are_marked_running(store: IngestStore, engine: Engine, status: TaskStatus) -> None:
    merge(store, make_task(status=status), make_task(hash="ff/000000"))

    with store.writing(RUN_ID) as writer:
        writer.mark_running({make_task().hash: ["nf-1"], "00/unknown": ["nf-2"]})

    marked, other = tasks(engine)
    assert marked.status == (TaskStatus.RUNNING if status in {TaskStatus.NEW, TaskStatus.SUBMITTED} else status)
    assert other.status == TaskStatus.SUBMITTED


@pytest.mark.parametrize("status", sorted(TaskStatus))
def test_unfinished_tasks_are_aborted_with_their_run(store: IngestStore, engine: Engine, status: TaskStatus) -> None:
    merge(store, make_task(status=status))

    with store.writing(RUN_ID) as writer:
        writer.abort_unfinished_tasks()

    assert tasks(engine)[0].status == (status if status in ENDED else TaskStatus.ABORTED)


def failed_task(number: int, *, minute: int, error_action: str | None = None) -> Task:
    at = NOON + timedelta(minutes=minute)
    return make_task(
        hash=f"ab/00000{number}",
        name=f"P ({number})",
        status=TaskStatus.FAILED,
        exit_code=number,
        end_time=at,
        error_action=error_action,
    )


def test_the_first_task_that_failed_for_good_is_found(store: IngestStore) -> None:
    failures = (
        failed_task(1, minute=0, error_action="RETRY"),
        failed_task(2, minute=1, error_action="IGNORE"),
        failed_task(3, minute=3),
        failed_task(4, minute=2, error_action="TERMINATE"),
        make_task(hash="ab/000005", status=TaskStatus.COMPLETED, end_time=NOON),
    )
    merge(store, *failures, source=TaskSource.TRACE)
    found = store.failed_task(RUN_ID, task_hash=None)
    assert (found and found.name) == "P (4)"


def test_the_task_named_in_the_log_precedes_the_first(store: IngestStore) -> None:
    merge(store, failed_task(1, minute=0), failed_task(2, minute=1), source=TaskSource.TRACE)
    found = store.failed_task(RUN_ID, task_hash="ab/000002")
    assert (found and found.name) == "P (2)"


def test_without_a_failed_task_none_is_found(store: IngestStore) -> None:
    merge(store, make_task(status=TaskStatus.COMPLETED))
    assert store.failed_task(RUN_ID, task_hash="ab/cdef01") is None
