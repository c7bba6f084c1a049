"""IngestStore: log entries and tasks read from a run's files, each stored in one transaction with the file's cursor."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    any_,
    case,
    delete,
    func,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.batch.child_jobs import JOB_ID
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.live_events import EventKind
from common.domain.runs.progress import TaskTotals, metrics_of, progress_data
from common.domain.runs.status import LIVE_STATUSES
from common.domain.tasks.known_tasks import KnownTasks, tasks_of_jobs
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import ENDED, Task, TaskStatus
from common.models.ingest_cursors import IngestCursorRow
from common.models.log_entries import LogEntryRow
from common.models.runs import RunRow
from common.models.tasks import TaskRow, has_more_digits, short_hash_of
from common.services.ingest.entry_rows import ENTRY_COLUMNS, entry_rows
from common.services.postgres.copy_rows import copy_binary_rows, copy_rows
from common.services.postgres.engine import read
from common.services.runs.journal import append_to_journal
from common.services.tasks.summaries import sum_up_tasks

_CURSOR_FIELDS = tuple(field.name for field in fields(FileCursor))
_KEY: ColumnElement[Any] = TaskRow.__table__.c.hash
_WAITING = (TaskStatus.NEW.value, TaskStatus.SUBMITTED.value)


class IngestStore:
    """Stores cursors, log entries and tasks of runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cursor(self, run_id: str, file: str) -> FileCursor:
        """How far a file has been read; a new cursor if it was never read."""
        return read(self._engine, lambda connection: _cursor(connection, run_id, file))

    def save(self, run_id: str, file: str, reading: Reading, *, after: FileCursor, at: datetime) -> FileCursor:
        """Store what was read after a cursor, and the new cursor, in one transaction; return the file's cursor.

        If another delivery has moved the cursor meanwhile, nothing is stored and its cursor is returned.
        """
        with self.writing(run_id) as writer:
            current = writer.cursor(file)
            if current != after:
                return current
            writer.save(file, reading, after=after, at=at)
        return reading.cursor

    def failed_task(self, run_id: str, *, task_hash: str | None, name: str | None = None) -> Task | None:
        """The task that failed for good, neither retried nor ignored: the one asked for if it did, else the first.

        `task_hash` has eight digits, which several tasks may share.
        """
        for_good = func.coalesce(TaskRow.error_action, "").not_in(("RETRY", "IGNORE"))
        failed = (TaskRow.run_id == run_id) & (TaskRow.status == TaskStatus.FAILED.value) & for_good
        has_hash = or_(TaskRow.hash == task_hash, has_more_digits(_KEY) & (short_hash_of(_KEY) == task_hash))
        is_asked_for = case((has_hash & (TaskRow.name == name), 0), (has_hash, 1), else_=2)
        order = (is_asked_for, TaskRow.end_time.nulls_last(), TaskRow.submit_time.nulls_last(), TaskRow.hash)
        first = select(TaskRow.__table__).where(failed).order_by(*order).limit(1)
        row = read(self._engine, lambda connection: connection.execute(first).first())
        return task_from(row) if row else None

    def jobs_named(self, run_id: str) -> list[str]:
        """The ids of the Batch jobs of tasks that may still run, as named in log and trace.

        A task's native_id is `job/task/uid` (Nextflow's GoogleBatchTaskHandler); a cached task names a job of another
        run.
        """
        job_id = func.split_part(TaskRow.native_id, "/", 1)
        may_go_on = TaskRow.status.not_in((TaskStatus.COMPLETED.value, TaskStatus.CACHED.value))
        named = (TaskRow.run_id == run_id) & may_go_on & job_id.regexp_match(JOB_ID)
        job_ids = select(job_id).where(named).distinct()
        return read(self._engine, lambda connection: list(connection.execute(job_ids).scalars()))

    @contextmanager
    def writing(self, run_id: str) -> Iterator["IngestWriter"]:
        """A transaction that holds the lock on the run's ingest, so that log and trace do not overwrite each other."""
        with self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(run_id, 0))))
            yield IngestWriter(connection, run_id)


class IngestWriter:
    """The writes of one transaction on one run."""

    def __init__(self, connection: Connection, run_id: str) -> None:
        self._connection = connection
        self._run_id = run_id

    def cursor(self, file: str) -> FileCursor:
        return _cursor(self._connection, self._run_id, file)

    def save(self, file: str, reading: Reading, *, after: FileCursor, at: datetime) -> None:
        if reading.records:
            self.add_entries(reading.records, first_number=after.next_number, part=after.part)
        self.merge_tasks(reading.tasks, reading.source)
        self.move_cursor(file, reading.cursor, at=at)
        if reading.cursor.generation != after.generation:  # at the end of the file, not after each chunk: it is slow
            self.note_progress(at=at)

    def move_cursor(self, file: str, cursor: FileCursor, *, at: datetime) -> None:
        values = {name: getattr(cursor, name) for name in _CURSOR_FIELDS} | {"updated_at": at}
        statement = upsert(IngestCursorRow).values(run_id=self._run_id, file=file, **values)
        keys = [IngestCursorRow.run_id, IngestCursorRow.file]
        self._connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))

    def add_entries(self, records: Sequence[LogRecord], *, first_number: int, part: int) -> None:
        """Store records under numbers from `first_number` on; they replace the open entry with that number."""
        was_open = delete(LogEntryRow).where(LogEntryRow.run_id == self._run_id, LogEntryRow.number >= first_number)
        self._connection.execute(was_open)
        rows = entry_rows(records, run_id=self._run_id, part=part, first_number=first_number)
        copy_binary_rows(self._connection, "log_entries", ENTRY_COLUMNS, rows)

    def merge_tasks(self, updates: Sequence[Task], source: TaskSource) -> None:
        """Merge updates into the stored tasks."""
        if not updates:
            return
        known = KnownTasks(self._tasks({task.hash for task in updates}))
        for task in updates:
            known.merge(task, source)
        self._copy_tasks("tasks", known.new)
        self._update_tasks(known.changed)

    def mark_running(self, jobs: Mapping[str, Collection[str]]) -> None:
        """Mark tasks that run according to Batch; ended tasks do not change.

        `jobs` are the ids of Batch jobs by the eight digits in them.
        """
        if not jobs:
            return
        shared = set(self._connection.execute(self._keys_with_more_digits(jobs)).scalars())
        keys = [*(jobs.keys() - shared), *tasks_of_jobs(self._tasks(shared), jobs)]
        waiting = (TaskRow.run_id == self._run_id) & _is_among(_KEY, keys) & TaskRow.status.in_(_WAITING)
        self._connection.execute(update(TaskRow).where(waiting).values(status=TaskStatus.RUNNING.value))

    def abort_unfinished_tasks(self) -> None:
        """Mark the tasks that have not ended as aborted: they were stopped with their run."""
        unfinished = (TaskRow.run_id == self._run_id) & TaskRow.status.not_in(ENDED)
        self._connection.execute(update(TaskRow).where(unfinished).values(status=TaskStatus.ABORTED.value))

    def note_progress(self, *, at: datetime) -> None:
        """Update the run's metrics from its tasks; if counts of a live run changed, add a progress event."""
        totals = sum_up_tasks(self._connection, self._run_id)
        run = self._connection.execute(
            select(RunRow.status, RunRow.metrics).where(RunRow.run_id == self._run_id).with_for_update()
        ).first()
        metrics = metrics_of(totals)
        if run is None or run.metrics == metrics:
            return
        self._connection.execute(
            update(RunRow).where(RunRow.run_id == self._run_id).values(metrics=metrics, updated_at=at)
        )
        before = progress_data(self._run_id, run.metrics or metrics_of(TaskTotals(by_status={})))
        after = progress_data(self._run_id, metrics)
        if run.status in LIVE_STATUSES and after != before:
            append_to_journal(self._connection, self._run_id, [(EventKind.PROGRESS, after)], at=at)

    def _tasks(self, hashes: Collection[str]) -> list[Task]:
        """The known tasks with these short hashes."""
        if not hashes:
            return []
        columns, of_run = select(TaskRow.__table__), TaskRow.run_id == self._run_id
        first = columns.where(of_run, _is_among(_KEY, hashes))
        further = columns.where(of_run, has_more_digits(_KEY), _is_among(short_hash_of(_KEY), hashes))
        return [task_from(row) for row in self._connection.execute(union_all(first, further))]

    def _keys_with_more_digits(self, hashes: Collection[str]) -> Select[str]:
        """The short hashes that several tasks share."""
        short = short_hash_of(_KEY)
        return select(short).where(TaskRow.run_id == self._run_id, has_more_digits(_KEY), _is_among(short, hashes))

    def _update_tasks(self, tasks: Sequence[Task]) -> None:
        if not tasks:
            return
        temporary = "CREATE TEMPORARY TABLE IF NOT EXISTS task_updates (LIKE tasks) ON COMMIT DELETE ROWS"
        self._connection.execute(text(temporary))
        self._connection.execute(text("TRUNCATE task_updates"))
        self._copy_tasks("task_updates", tasks)
        replaced = ", ".join(f"{name} = changed.{name}" for name in Task._fields if name != "hash")
        self._connection.execute(
            text(
                f"UPDATE tasks SET {replaced} FROM task_updates AS changed"  # noqa: S608 our own column names  # nosec B608
                " WHERE tasks.run_id = changed.run_id AND tasks.hash = changed.hash"
            )
        )

    def _copy_tasks(self, table: str, tasks: Sequence[Task]) -> None:
        if tasks:
            rows = ((self._run_id, *task) for task in tasks)
            copy_rows(self._connection, table, ("run_id", *Task._fields), rows)


def _is_among(column: ColumnElement[Any], hashes: Collection[str]) -> ColumnElement[bool]:
    """Whether a column has one of `hashes`, none of which contains a newline.

    They are sent as one text: a statement takes at most 65,535 values, and the driver encodes arrays slowly.
    """
    return column == any_(func.string_to_array("\n".join(hashes), "\n"))


def task_from(row: Any) -> Task:  # noqa: ANN401 a row has the attributes of its columns
    """The task in a row of `tasks`."""
    values = {name: getattr(row, name) for name in Task._fields}
    return Task(**values | {"status": TaskStatus(row.status)})


def _cursor(connection: Connection, run_id: str, file: str) -> FileCursor:
    statement = select(IngestCursorRow.__table__).where(IngestCursorRow.run_id == run_id, IngestCursorRow.file == file)
    row = connection.execute(statement).first()
    return FileCursor(**{name: getattr(row, name) for name in _CURSOR_FIELDS}) if row else FileCursor()
