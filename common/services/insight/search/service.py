"""SearchService: finds lines of many runs by their words, the newest month first, and in a month the newest line first.

A line belongs to the month in which its run was created. The address of the owner is one of its words, so the search of
an owner reads nobody else's lines; it is a condition of the query as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Row, select, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.search import DIAGNOSIS, SHORTEST_PREFIX, snippet
from common.models.log_entries import LEVELS, EntryMonthRow
from common.services.paging import CursorCodec, invalid_cursor, limit_search_time
from common.services.postgres.engine import read

# A page of words that more lines of a month have is found faster by reading the newest lines until it is full.
_COMMON: Final = 5_000
_LONGEST_RUN: Final = timedelta(days=31)  # with a margin; its lines are in the month in which it was created
_PLACE: Final = "at DESC, run_number DESC, task DESC, number DESC"
_LINES: Final = """
    SELECT at, month, run_number, task, number, level, text FROM search_lines
    WHERE month = :month AND words @@ cast(:query AS tsquery) AND at >= :since {own} {after}
"""
_OWN: Final = "AND user_email = :owner"
_AFTER: Final = "AND (at, run_number, task, number) < (:after_at, :after_run, :after_task, :after_number)"
_SHOWN: Final = """
    SELECT line.*, run_id, name, pipeline, status, diagnosis ->> 'cause' AS cause
    FROM ({lines}) line JOIN runs ON run_id = 'run-' || lpad(to_hex(run_number), 8, '0')
    WHERE cast(:cause AS text) IS NULL OR diagnosis ->> 'cause' = :cause
    ORDER BY {place} LIMIT :at_most
"""
_RARE: Final = """
    WITH found AS MATERIALIZED ({lines} LIMIT :common)
    SELECT size, shown.* FROM (SELECT count(*) AS size FROM found) counted LEFT JOIN ({shown}) shown ON true
    ORDER BY {place}
"""


class LinePosition(NamedTuple):
    """The position of a line in the list; `month` is in ISO 8601."""

    month: str
    at: datetime
    run_number: int
    task: str
    number: int


_CURSORS: Final = CursorCodec(LinePosition)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """The lines to find: with all `words`, in runs of `owner` (None: of everybody) that failed by `cause`."""

    words: Sequence[str]
    owner: str | None
    since: datetime
    cause: CauseClass | None = None

    @property
    def name(self) -> str:
        """The name of the list, for its cursors."""
        return " ".join(["search", self.owner or "", self.cause or "", *self.words])


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line, and what is known of its run. `entry` is its number in the log; `task` has a line's task.

    A line without both is the diagnosis of the run.
    """

    run_id: str
    name: str | None
    pipeline: str
    status: str
    cause: str | None
    at: datetime
    level: str | None
    entry: int | None
    task: str | None
    snippet: str


class FoundPage(NamedTuple):
    """A page of lines."""

    lines: list[FoundLine]
    next_cursor: str | None


class SearchService:
    """Searches the lines of runs. Raises UnavailableError, also when the search takes too long."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, wanted: LineFilter, *, page_size: int, cursor: str | None = None) -> FoundPage:
        """A page of the lines that match. Raises ValidationError for an invalid cursor."""
        after = _CURSORS.decode(cursor, of=wanted.name) if cursor else None
        rows = read(self._engine, lambda connection: _rows(connection, wanted, after, at_most=page_size + 1))
        shown = rows[:page_size]
        next_cursor = _CURSORS.encode(_position(shown[-1]), of=wanted.name) if len(rows) > page_size else None
        return FoundPage([_found(row, wanted.words) for row in shown], next_cursor)


def _rows(connection: Connection, wanted: LineFilter, after: LinePosition | None, *, at_most: int) -> list[Row[Any]]:
    limit_search_time(connection)
    rows: list[Row[Any]] = []
    for month in _months(connection, wanted, after):
        at = after if after and after.month == month.isoformat() else None
        rows += _rows_of_month(connection, wanted, month, at, at_most=at_most - len(rows))
        if len(rows) >= at_most:
            break
    return rows


def _months(connection: Connection, wanted: LineFilter, after: LinePosition | None) -> Sequence[date]:
    earliest = (wanted.since - _LONGEST_RUN).date().replace(day=1)
    months = select(EntryMonthRow.month).where(EntryMonthRow.month >= earliest)
    if after:
        try:
            months = months.where(EntryMonthRow.month <= date.fromisoformat(after.month))
        except ValueError as error:
            raise invalid_cursor() from error
    return connection.execute(months.order_by(EntryMonthRow.month.desc())).scalars().all()


def _rows_of_month(
    connection: Connection, wanted: LineFilter, month: date, after: LinePosition | None, *, at_most: int
) -> Sequence[Row[Any]]:
    lines = _LINES.format(own=_OWN if wanted.owner else "", after=_AFTER if after else "")
    values = {
        "month": month,
        "query": _query(wanted),
        "since": wanted.since,
        "owner": wanted.owner,
        "cause": wanted.cause,
        "common": _COMMON,
        "at_most": at_most,
        **_values_of(after),
    }
    shown = _SHOWN.format(lines="SELECT * FROM found", place=_PLACE)
    rows = connection.execute(text(_RARE.format(lines=lines, shown=shown, place=_PLACE)), values).all()
    if rows[0].size < _COMMON:
        return [row for row in rows if row.run_id]
    connection.execute(text("SET LOCAL enable_bitmapscan = off"))  # leaves the index of times, which is in order
    return connection.execute(text(_SHOWN.format(lines=lines, place=_PLACE)), values).all()


def _values_of(after: LinePosition | None) -> Mapping[str, Any]:
    if after is None:
        return {}
    return {
        "after_at": after.at,
        "after_run": after.run_number,
        "after_task": after.task,
        "after_number": after.number,
    }


def _query(wanted: LineFilter) -> str:
    """The query in Postgres's own notation; words have letters, digits, underscores and dots only."""
    words = [f"'{word}'{':*' if len(word) >= SHORTEST_PREFIX else ''}" for word in wanted.words]
    if wanted.owner:
        escaped = wanted.owner.replace("\\", "\\\\").replace("'", "''")
        words.append(f"'@{escaped}'")
    return " & ".join(words)


def _position(row: Row[Any]) -> LinePosition:
    return LinePosition(row.month.isoformat(), row.at, row.run_number, row.task, row.number)


def _found(row: Row[Any], words: Sequence[str]) -> FoundLine:
    return FoundLine(
        run_id=row.run_id,
        name=row.name,
        pipeline=row.pipeline,
        status=row.status,
        cause=row.cause,
        at=row.at,
        level=None if row.level is None else LEVELS[row.level],
        entry=row.number if not row.task and row.number != DIAGNOSIS else None,
        task=row.task or None,
        snippet=snippet(row.text, words),
    )
