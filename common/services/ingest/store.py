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
    String,
    Update,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.batch.child_jobs import JOB_ID
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import Reading
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.log_key import LogKey
from common.domain.runs.progress import SumSchedule
from common.domain.runs.run import Run
from common.domain.tasks.known_tasks import KnownTasks, tasks_of_jobs
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import ENDED, Task, TaskStatus
from common.errors import NotFoundError
from common.models.ingest_cursors import IngestCursorRow
from common.models.log_entries import LogEntryRow
from common.models.runs import RunRow
from common.models.tasks import TaskRow, has_more_digits, short_hash_of
from common.services.ingest.entry_rows import ENTRY_COLUMNS, entry_rows
from common.services.ingest.entry_sources import delete_and_find_sources
from common.services.ingest.task_rows import KEY, is_among, known_tasks, stored_tasks, task_from, write_tasks
from common.services.insight.search.lines import keep_lines, lines_of_log
from common.services.postgres.copy_rows import copy_binary_rows
from common.services.postgres.engine import read
from common.services.runs.rows import run_from
from common.services.tasks.summaries import mark_summary_stale, note_progress

_CURSOR_FIELDS = tuple(field.name for field in fields(FileCursor))
_CURSOR = text("SELECT to_jsonb(ingest_cursors) FROM ingest_cursors WHERE run_id = :run_id AND file = :file")
_RUN_AND_CURSORS = text("""
    SELECT runs.*, (
        SELECT jsonb_object_agg(file, to_jsonb(ingest_cursors)) FROM ingest_cursors
        WHERE ingest_cursors.run_id = runs.run_id AND file = ANY(:files)
    ) AS cursors FROM runs WHERE run_id = :run_id
""").columns(**{column.name: column.type for column in RunRow.__table__.columns}, cursors=JSONB())
# The schedule may be older than the lock; then sums are made once too often, or by the next notice.
_LOCK = text("""
    SELECT summary.is_stale, summary.due_at, runs.created_at, runs.user_email
    FROM pg_advisory_xact_lock(hashtextextended(:run_id, 0))
    LEFT JOIN runs ON runs.run_id = :run_id
    LEFT JOIN task_summaries AS summary ON summary.run_id = :run_id
""")
# Built once, as building a statement takes longer than sending it. The first sets the columns that its parameters name.
_MOVE = update(IngestCursorRow).where(
    *(
        IngestCursorRow.__table__.columns[name] == bindparam(f"at_{name}")
        for name in ("run_id", "file", *FileCursor().version)
    )
)
_WAITING = (TaskStatus.NEW.value, TaskStatus.SUBMITTED.value)


class IngestStore:
    """Stores cursors, log entries and tasks of runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cursor(self, run_id: str, file: str) -> FileCursor:
        """How far a file has been read; a new cursor if it was never read."""
        return read(self._engine, lambda connection: _cursor(connection, run_id, file))

    def run_and_cursors(self, run_id: str, files: Sequence[str]) -> tuple[Run, list[FileCursor]]:
        """A run, and how far each of `files` has been read. Raises NotFoundError."""
        asked = {"run_id": run_id, "files": list(files)}
        row = read(self._engine, lambda connection: connection.execute(_RUN_AND_CURSORS, asked).first())
        if row is None:
            raise NotFoundError(f"there is no run {run_id}")
        cursors = row.cursors or {}
        return run_from(row), [_cursor_from(cursors.get(file)) for file in files]

    def save(self, run_id: str, file: str, reading: Reading, *, after: FileCursor, at: datetime) -> FileCursor:
        """Store what was read after a cursor, and the new cursor, in one transaction; return the file's cursor.

        If another delivery has moved the cursor meanwhile, nothing is stored and its cursor is returned.
        """
        with self.writing(run_id) as writer:
            if not writer.move_cursor(file, reading.cursor, after=after, at=at):
                return writer.cursor(file)
            writer.save(reading, after=after, at=at)
        return reading.cursor

    def failed_task(self, run_id: str, *, task_hash: str | None, name: str | None = None) -> Task | None:
        """The task that failed for good, neither retried nor ignored: the one asked for if it did, else the first.

        `task_hash` has eight digits, which several tasks may share.
        """
        for_good = func.coalesce(TaskRow.error_action, "").not_in(("RETRY", "IGNORE"))
        failed = (TaskRow.run_id == run_id) & TaskRow.is_failed & for_good
        has_hash = or_(TaskRow.hash == task_hash, has_more_digits(KEY) & (short_hash_of(KEY) == task_hash))
        is_asked_for = case((has_hash & (TaskRow.name == name), 0), (has_hash, 1), else_=2)
        order = (is_asked_for, TaskRow.end_time.nulls_last(), TaskRow.submit_time.nulls_last(), TaskRow.hash)
        first = stored_tasks().where(failed).order_by(*order).limit(1)
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
            row = connection.execute(_LOCK, {"run_id": run_id}).one()
            schedule = SumSchedule(is_stale=bool(row.is_stale), due_at=row.due_at)
            yield IngestWriter(connection, run_id, schedule, created_at=row.created_at, owner=row.user_email)


class IngestWriter:
    """The writes of one transaction on one run.

    `schedule` says when its tasks are summed up again; `created_at` and `owner` are None if there is no such run.
    """

    def __init__(
        self,
        connection: Connection,
        run_id: str,
        schedule: SumSchedule,
        *,
        created_at: datetime | None,
        owner: str | None,
    ) -> None:
        self.connection = connection
        self._run_id = run_id
        self._created_at, self._owner = created_at, owner
        self._schedule = schedule
        self._has_changed_tasks = False

    @property
    def key(self) -> LogKey:
        if self._created_at is None:
            raise NotFoundError(f"there is no run {self._run_id}")
        return LogKey.of(self._run_id, self._created_at)

    def cursor(self, file: str) -> FileCursor:
        return _cursor(self.connection, self._run_id, file)

    def save(self, reading: Reading, *, after: FileCursor, at: datetime) -> None:
        """Store entries, tasks and progress; the caller has moved the cursor."""
        if reading.records:
            self.add_entries(reading.records, first_number=after.next_number)
        self.merge_tasks(reading.tasks, reading.source)
        if reading.cursor.generation != after.generation:  # at the end of the file, not after each chunk: it is slow
            self.note_progress_if_due(at=at)
        else:
            self.leave_progress()

    def move_cursor(self, file: str, cursor: FileCursor, *, after: FileCursor, at: datetime) -> bool:
        """Store the cursor of a file that is at `after`; False if it is not."""
        values, before = ({name: getattr(of, name) for name in _CURSOR_FIELDS} for of in (cursor, after))
        keys = {"run_id": self._run_id, "file": file}
        if after == FileCursor():
            added = upsert(IngestCursorRow).values(**keys, **values, updated_at=at).on_conflict_do_nothing()
            return self.connection.execute(added.returning(IngestCursorRow.file)).first() is not None
        changed = {name: value for name, value in values.items() if value != before[name]}
        places = {f"at_{name}": value for name, value in {**keys, **after.version}.items()}
        return self.connection.execute(_MOVE, changed | places | {"updated_at": at}).rowcount == 1

    def add_entries(self, records: Sequence[LogRecord], *, first_number: int) -> None:
        """Store records from `first_number` on in place of the open entry. Raises NotFoundError for an unknown run."""
        key = self.key
        if not first_number:  # the first run of a month to have a log makes its partition
            self.connection.execute(select(func.make_entry_month(key.month)))
        sources = {(record.thread, record.logger) for record in records}
        ids = delete_and_find_sources(self.connection, key, first_number, sources)  # the open entry is replaced
        rows = entry_rows(records, key, sources=ids, first_number=first_number)
        copy_binary_rows(self.connection, LogEntryRow.__tablename__, ENTRY_COLUMNS, rows)
        if self._created_at and self._owner:
            lines = lines_of_log(records, first_number=first_number)
            keep_lines(self.connection, key, self._owner, lines, at=self._created_at)

    def merge_tasks(self, updates: Sequence[Task], source: TaskSource) -> None:
        """Merge updates into the stored tasks."""
        if not updates:
            return
        known = KnownTasks(known_tasks(self.connection, self._run_id, {task.hash for task in updates}))
        for task in updates:
            known.merge(task, source)
        added, changed = known.new, known.changed
        self._has_changed_tasks |= bool(added or changed)
        write_tasks(self.connection, self._run_id, added=added, changed=changed)

    def mark_running(self, jobs: Mapping[str, Collection[str]]) -> None:
        """Mark tasks that run according to Batch; ended tasks do not change.

        `jobs` are the ids of Batch jobs by the eight digits in them.
        """
        if not jobs:
            return
        shared = self._keys_with_more_digits(jobs).cte("shared")
        alone = _is_among(KEY, jobs) & KEY.not_in(select(shared.c.short))
        marked = self._marking(alone).returning(TaskRow.hash).cte("marked")
        count = select(func.count()).select_from(marked).scalar_subquery()
        of_both = select(count.label("marked"), func.array(select(shared.c.short).scalar_subquery()).label("shared"))
        found = self.connection.execute(of_both).one()
        self._has_changed_tasks |= found.marked > 0
        if keys := tasks_of_jobs(known_tasks(self.connection, self._run_id, found.shared), jobs):
            self._has_changed_tasks |= self.connection.execute(self._marking(_is_among(KEY, keys))).rowcount > 0

    def abort_unfinished_tasks(self) -> None:
        """Mark the tasks that have not ended as aborted: they were stopped with their run."""
        unfinished = (TaskRow.run_id == self._run_id) & TaskRow.status.not_in(ENDED)
        self.connection.execute(update(TaskRow).where(unfinished).values(status=TaskStatus.ABORTED.value))

    def note_progress(self, *, at: datetime) -> None:
        """Update the run's metrics from its tasks; if counts of a live run changed, add a progress event."""
        note_progress(self.connection, self._run_id, at=at)

    def note_progress_if_due(self, *, at: datetime) -> None:
        """As note_progress if tasks have changed, unless there are so many that a later call sums them up."""
        if self._schedule.is_due(tasks_changed=self._has_changed_tasks, at=at):
            self.note_progress(at=at)
        else:
            self.leave_progress()

    def leave_progress(self) -> None:
        """Leave changes of tasks to a later call of note_progress_if_due."""
        if self._has_changed_tasks:
            mark_summary_stale(self.connection, self._run_id)

    def _marking(self, condition: ColumnElement[bool]) -> Update:
        """An UPDATE that marks the waiting tasks for which `condition` holds as running."""
        waiting = (TaskRow.run_id == self._run_id) & TaskRow.status.in_(_WAITING)
        return update(TaskRow).where(waiting, condition).values(status=TaskStatus.RUNNING.value)

    def _keys_with_more_digits(self, hashes: Collection[str]) -> Select[str]:
        """The short hashes that several tasks share."""
        short = short_hash_of(KEY).label("short")
        return select(short).where(TaskRow.run_id == self._run_id, has_more_digits(KEY), _is_among(short, hashes))


def _is_among(column: ColumnElement[Any], hashes: Collection[str]) -> ColumnElement[bool]:
    return is_among(column, literal("\n".join(hashes), String))


def _cursor(connection: Connection, run_id: str, file: str) -> FileCursor:
    return _cursor_from(connection.execute(_CURSOR, {"run_id": run_id, "file": file}).scalar_one_or_none())


def _cursor_from(columns: Mapping[str, Any] | None) -> FileCursor:
    """The cursor in a row of `ingest_cursors` as JSON; a new cursor if there is no row."""
    if columns is None:
        return FileCursor()
    beginning = bytes.fromhex(columns["beginning"].removeprefix("\\x"))
    return FileCursor(**{name: columns[name] for name in _CURSOR_FIELDS} | {"beginning": beginning})
