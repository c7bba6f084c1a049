"""LogStreamService: streams the growing logs of runs to any number of viewers with one query per tick."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, Connection, Engine, Integer, Row, Text, bindparam, text

from common.domain.runs.files import NEXTFLOW_LOG, RESTORED_LOG
from common.domain.runs.log_key import run_number_of
from common.domain.runs.status import FINAL_STATUSES
from common.domain.text.secrets import hide_in_text
from common.models.log_entries import LEVELS
from common.services.logs.listing import next_number
from common.services.logs.log_end import LogEnd, are_dropped, end_of_log
from common.services.postgres.engine import read
from common.services.postgres.live_feed import FeedBatch, FeedItem, FeedPosition, LiveFeed

_READ_OF_EACH = 500
_READ_AT_ONCE = 5000
_BYTES_AT_ONCE = 4 << 20  # and at least one entry, of at most 1 MiB
_ENTRY_BYTES = 250  # of an entry without its message
_LONGEST_OPEN = 64 << 10  # a longer entry is sent when it is closed, because it is sent whole whenever it has grown

# An entry is closed when the next one has begun, or when the run is over: its whole log has been read by then, unless
# its entries were dropped and have to be read again. The open one has the number `closed`; it has grown if it is not
# the one that the viewer has, or ends later.
_ENTRIES_AFTER = text("""
    WITH place AS MATERIALIZED (
        SELECT run_id, month, run_number, seen, revision, is_over, status, CASE WHEN is_over
            THEN (SELECT max(number) + 1 FROM entries e WHERE e.month = run.month AND e.run_number = asked.run_number)
            ELSE (
                SELECT next_number FROM ingest_cursors c WHERE c.run_id = asked.run_id AND c.file IN (:file, :restored)
                ORDER BY c.file = :restored DESC LIMIT 1
            )
        END AS closed
        FROM unnest(:run_ids, :run_numbers, :seen, :revisions)
            WITH ORDINALITY AS asked (run_id, run_number, seen, revision, turn)
        JOIN (
            SELECT run_id, status, date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS month FROM runs
        ) AS run USING (run_id)
        CROSS JOIN LATERAL (
            SELECT status = ANY (:final) AND NOT EXISTS (
                SELECT FROM ingest_cursors c WHERE c.run_id = run.run_id AND c.file = :restored AND c.generation = 0
            ) AND (
                EXISTS (SELECT FROM entries e WHERE e.month = run.month AND e.run_number = asked.run_number)
                OR NOT EXISTS (
                    SELECT FROM ingest_cursors c
                    WHERE c.run_id = run.run_id AND c.file = :file AND c.byte_offset > 0
                ) OR EXISTS (
                    SELECT FROM ingest_cursors c
                    WHERE c.run_id = run.run_id AND c.file = :restored AND c.byte_offset = 0
                )
            ) AS is_over
        ) AS state
        ORDER BY turn
    ), found AS (
        SELECT place.run_id, seen, closed, is_over, status, number, byte_end, octet_length(message) AS size,
            "timestamp", level, source, message
        FROM place LEFT JOIN LATERAL (
            SELECT * FROM entries
            WHERE entries.month = place.month AND entries.run_number = place.run_number
                AND number > seen AND number <= closed
                AND (number < closed OR octet_length(message) <= :longest_open
                    AND (number > seen + 1 OR byte_end > revision))
            ORDER BY number LIMIT :of_each
        ) AS entry ON true
        WHERE is_over OR number IS NOT NULL
        LIMIT :at_once
    ), measured AS (
        SELECT *, row_number() OVER () AS place, sum(coalesce(size, 0)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
        FROM found
    )
    SELECT measured.*, nullif(thread, '') AS thread, nullif(logger, '') AS logger
    FROM measured LEFT JOIN entry_sources ON entry_sources.id = source
    WHERE bytes - coalesce(size, 0) < :bytes_at_once
    ORDER BY measured.place
""").bindparams(
    bindparam("run_ids", type_=ARRAY(Text)),
    bindparam("run_numbers", type_=ARRAY(Integer)),
    bindparam("seen", type_=ARRAY(BigInteger)),
    bindparam("revisions", type_=ARRAY(BigInteger)),
    bindparam("final", type_=ARRAY(Text)),
)


@dataclass(frozen=True, slots=True)
class LogStreamEvent:
    """An `entry` with the JSON of a LogEntry, or `done` after the last one.

    `number` is that of a closed entry. It is None for an open one and for `done`, after which no client resumes.
    """

    kind: Literal["entry", "done"]
    number: int | None
    data: Mapping[str, Any]


class EntryReader:
    """Reads log entries; blocks its thread. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def entries_after(self, positions: Mapping[FeedPosition, int]) -> FeedBatch[LogStreamEvent]:
        """The entries after each position: a run id and the number of an entry, -1 for before the first.

        The open entry is among them if it ends after the given byte. The last entry of a run that is over is followed
        by `done`.
        """
        if not positions:
            return FeedBatch([])
        run_ids, seen = zip(*positions, strict=True)
        values = {
            "run_ids": list(run_ids),
            "run_numbers": [run_number_of(run_id) for run_id in run_ids],
            "seen": list(seen),
            "revisions": list(positions.values()),
            "longest_open": _LONGEST_OPEN,
            "file": NEXTFLOW_LOG,
            "restored": RESTORED_LOG,
            "final": sorted(FINAL_STATUSES),
            "of_each": _READ_OF_EACH,
            "at_once": _READ_AT_ONCE,
            "bytes_at_once": _BYTES_AT_ONCE,
        }
        rows = read(self._engine, lambda connection: connection.execute(_ENTRIES_AFTER, values).all())
        items: list[FeedItem[LogStreamEvent]] = []
        has_more = len(rows) >= _READ_AT_ONCE or sum(row.size or 0 for row in rows) >= _BYTES_AT_ONCE
        for _, group in groupby(rows, key=_position_of):
            entries = list(group)
            items += _items_from(entries)
            has_more |= _next_number(entries[-1]) < (entries[-1].closed or 0)
        return FeedBatch(items, has_more=has_more)

    def start(self, run_id: str, *, seen: int | None) -> "LogStart":
        """Where a viewer goes on who has seen the entry numbered `seen`, if any."""

        def look(connection: Connection) -> LogStart:
            end = end_of_log(connection, run_id)
            are_missing = end.is_complete and are_dropped(connection, run_id, end.key)
            if seen is None:
                return LogStart(after=None, are_missing=are_missing)
            last = (end.last_read or 0) if are_missing else next_number(connection, end.key) - 1
            return LogStart(after=_last_closed(seen, end) if seen <= last else None, are_missing=are_missing)

        return read(self._engine, look)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStart:
    """Where a stream goes on: after an entry (-1: before the first), or None where the viewer asks to begin.

    `are_missing` when the entries were dropped and have to be read again.
    """

    after: int | None
    are_missing: bool


class LogStreamService:
    """Streams the logs of runs to viewers; must be used from one event loop.

    `restore` has the dropped entries of a run read again; it may block its thread and raise.
    """

    def __init__(self, reader: EntryReader, *, restore: Callable[[str], None], poll_interval_s: float = 1.0) -> None:
        self._reader, self._restore = reader, restore
        self._feed = LiveFeed(reader.entries_after, poll_interval_s=poll_interval_s)

    async def stream_workflow_log(
        self, run_id: str, *, offset: int, seen: int | None, heartbeat_s: float
    ) -> AsyncGenerator[list[LogStreamEvent]]:
        """The entries of a run's log after the one numbered `seen`, each once and in order, and then `done`.

        The open entry comes as it is, whenever it has grown, and once more when it is closed. Starts at number `offset`
        when `seen` is None or no entry has that number, and with the entry numbered `seen` if that is still open.
        Entries that were dropped are read again, and come when they are there. Yields several entries at a time; an
        empty list is a heartbeat. Raises UnavailableError when the database cannot be reached now; later outages only
        delay the stream.
        """
        start = await asyncio.to_thread(self._start, run_id, seen)
        return self._feed.follow(run_id, seen=offset - 1 if start is None else start, heartbeat_s=heartbeat_s)

    def _start(self, run_id: str, seen: int | None) -> int | None:
        start = self._reader.start(run_id, seen=seen)
        if start.are_missing:
            self._restore(run_id)
        return start.after


def _last_closed(seen: int, end: LogEnd) -> int:
    """The last closed entry up to the one numbered `seen`; -1 if all are open."""
    return seen if end.open_number is None else min(seen, end.open_number - 1)


def _position_of(row: Row[Any]) -> FeedPosition:
    return row.run_id, row.seen


def _next_number(row: Row[Any]) -> int:
    """The number after the entry in `row`, or after the requested position when the row has no entry."""
    last: int = row.seen if row.number is None else row.number
    return last + 1


def _items_from(rows: Sequence[Row[Any]]) -> Iterator[FeedItem[LogStreamEvent]]:
    """The entries after one position, and `done` when the run is over and has no more."""
    for row in rows:
        if row.number is not None:
            is_open = row.number >= row.closed
            entry = LogStreamEvent("entry", None if is_open else row.number, _entry_from(row, is_open=is_open))
            revision = row.byte_end if is_open else None
            yield FeedItem(row.run_id, row.number, entry, _ENTRY_BYTES + len(row.message), revision=revision)
    last = rows[-1]
    if last.is_over and _next_number(last) >= (last.closed or 0):
        # `done` has no number: a client that reconnects has seen the last entry, and gets `done` again.
        done = LogStreamEvent("done", None, {"run_id": last.run_id, "status": last.status})
        yield FeedItem(last.run_id, _next_number(last), done, _ENTRY_BYTES, is_last=True)


def _entry_from(row: Row[Any], *, is_open: bool) -> dict[str, Any]:
    """The same JSON as common.schemas.logs.LogEntry, which takes 25 ms to import."""
    at: datetime | None = row.timestamp
    return {
        "number": row.number,
        "timestamp": at and at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "source": "nextflow",
        "level": None if row.level is None else LEVELS[row.level],
        "logger": row.logger,
        "thread": row.thread,
        "message": hide_in_text(row.message),
        "task_name": None,
        "stream": None,
        "open": is_open,
    }
