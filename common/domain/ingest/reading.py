"""Reads log entries, tasks and a summary of the run from the next bytes of a log or trace.

The last record of a log is open: more lines may follow. Its facts are returned at once, so that a quiet log is up to
date. The cursor keeps only facts of closed records, because an open record is read again when it has grown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from common.domain.ingest.cursor import (
    KEPT_SKIPPED,
    ByteRange,
    FileCursor,
    advanced,
    has_restarted,
    is_cut_off,
    keep_newest,
    restarted,
)
from common.domain.nextflow.log.facts import LogFact
from common.domain.nextflow.log.parsing import facts_in
from common.domain.nextflow.log.records import LogReader, LogReaderState, LogRecord
from common.domain.nextflow.log.summary import LogSummary
from common.domain.nextflow.trace.reader import SkippedRow, TraceReader, TraceReaderState
from common.domain.nextflow.trace.row import TraceRow
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.tasks.merging import TaskSource, update_from_log, update_from_trace
from common.domain.tasks.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read, and the cursor after it. The last of `records` is still open."""

    cursor: FileCursor
    source: TaskSource
    tasks: Sequence[Task] = ()
    records: Sequence[LogRecord] = ()


def read_next(file: str, cursor: FileCursor, part: ByteRange, data: bytes, *, near: datetime) -> Reading:
    """The reading of `data`, the bytes of `part`; `near` is a time close to the first record of the log.

    If the file has restarted, nothing is read, and the cursor returned is at its first byte. If it was cut off, nothing
    is read, and the cursor stays the same.
    """
    is_log = file == NEXTFLOW_LOG
    source = TaskSource.LOG if is_log else TaskSource.TRACE
    overlap, new = data[: part.overlap], data[part.overlap :]
    if has_restarted(cursor, part, overlap):
        return Reading(cursor=_restarted_log(cursor, near) if is_log else restarted(cursor), source=source)
    if is_cut_off(cursor, part):
        return Reading(cursor=cursor, source=source)
    moved = advanced(cursor, part, data)
    return read_log(moved, new, near=near) if is_log else read_trace(moved, new)


def read_log(cursor: FileCursor, data: bytes, *, near: datetime) -> Reading:
    """The entries and tasks in `data`, the next bytes of a nextflow.log; the cursor keeps its position."""
    reader = _log_reader(cursor, near)
    closed = reader.feed(data)
    facts, summary = facts_in(closed), _summary(cursor)
    for fact in facts:
        summary.add(fact)
    still_open = [reader.open_record] if reader.open_record else []
    moved = replace(
        cursor,
        next_number=cursor.next_number + len(closed),
        reader=reader.state.as_json(),
        summary=summary.as_json(),
    )
    open_tasks = [
        task._replace(message=None) for task in _tasks_from_log(facts_in(_whole_lines_only(reader, still_open)))
    ]
    tasks = [*_tasks_from_log(facts), *open_tasks]
    return Reading(cursor=moved, source=TaskSource.LOG, tasks=tasks, records=[*closed, *still_open])


def summary_so_far(cursor: FileCursor, *, near: datetime) -> LogSummary:
    """The summary of a log as far as it was read, with the open record; an empty summary if nothing was read.

    The summary from before a restart is kept until the new log shows how the run ended.
    """
    summary = _summary(cursor)
    reader = _log_reader(cursor, near)
    still_open = reader.open_record
    for fact in facts_in(_whole_lines_only(reader, [still_open] if still_open else [])):
        summary.add(fact)
    summary.last_record = still_open.start if still_open else None
    return summary.or_earlier()


def ends_within_a_line(cursor: FileCursor) -> bool:
    """Whether the last line of a log has no newline, as far as it was read; Nextflow ends each line with one."""
    rest = LogReaderState.from_json(cursor.reader).open_bytes if cursor.reader else b""
    return bool(rest) and not rest.endswith(b"\n")


def read_trace(cursor: FileCursor, data: bytes) -> Reading:
    """The tasks in `data`, the next bytes of a trace.txt; the cursor keeps its position.

    Unreadable lines are added to the cursor with the reason.
    """
    reader = _trace_reader(cursor)
    rows = reader.feed(data)
    skipped = [row for row in rows if isinstance(row, SkippedRow)]
    moved = replace(_with_skipped(cursor, skipped), reader=reader.state.as_json())
    return Reading(cursor=moved, source=TaskSource.TRACE, tasks=_tasks_from_trace(rows))


def end_of_trace(cursor: FileCursor) -> Reading:
    """The tasks in the rest of a trace that has ended: a last line without a newline, and lines with too few fields.

    The reader keeps its state, so that nothing is lost if the trace grows after all. Unreadable lines are counted once,
    however often this is called.
    """
    reader = _trace_reader(cursor)
    rows = reader.finish()
    counted = {line["line_number"] for line in cursor.skipped}
    skipped = [row for row in rows if isinstance(row, SkippedRow) and row.line_number not in counted]
    return Reading(cursor=_with_skipped(cursor, skipped), source=TaskSource.TRACE, tasks=_tasks_from_trace(rows))


def _restarted_log(cursor: FileCursor, near: datetime) -> FileCursor:
    summary = LogSummary(earlier=summary_so_far(cursor, near=near))
    return replace(restarted(cursor, had_open_record=_has_open_record(cursor)), summary=summary.as_json())


def _has_open_record(cursor: FileCursor) -> bool:
    return bool(cursor.reader) and bool(LogReaderState.from_json(cursor.reader).open_bytes)


def _log_reader(cursor: FileCursor, near: datetime) -> LogReader:
    return LogReader(near, LogReaderState.from_json(cursor.reader) if cursor.reader else None)


def _trace_reader(cursor: FileCursor) -> TraceReader:
    return TraceReader(state=TraceReaderState.from_json(cursor.reader) if cursor.reader else None)


def _with_skipped(cursor: FileCursor, skipped: Sequence[SkippedRow]) -> FileCursor:
    newest = [_as_json(row) for row in skipped[-KEPT_SKIPPED:]]  # a chunk may have a million of them
    return replace(
        cursor,
        skipped=keep_newest(cursor.skipped, newest),
        skipped_count=cursor.skipped_count + len(skipped),
    )


def _summary(cursor: FileCursor) -> LogSummary:
    return LogSummary.from_json(cursor.summary) if cursor.summary else LogSummary()


def _whole_lines_only(reader: LogReader, records: list[LogRecord]) -> list[LogRecord]:
    """`records`, the open one, if it ends with a whole line, because half a line could contain half a task name."""
    return records if reader.state.open_bytes.endswith(b"\n") else []


def _tasks_from_log(facts: Iterable[LogFact]) -> list[Task]:
    return [task for fact in facts if (task := update_from_log(fact))]


def _tasks_from_trace(rows: Iterable[TraceRow | SkippedRow]) -> list[Task]:
    return [update_from_trace(row) for row in rows if isinstance(row, TraceRow)]


def _as_json(row: SkippedRow) -> dict[str, Any]:
    return {"line_number": row.line_number, "line": row.line[:1000], "reason": row.reason[:300]}
