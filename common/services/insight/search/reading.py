"""Reads the lines that a search finds, from the newest month on, until a page is full.

In the newest month the newest lines are looked through, up to READ_AT_MOST: that fills a page of a word which one line
in five hundred has, however many lines there are. Rarer words are looked up in the index, month by month. All lines of
an owner are looked through if there are so few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, select, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.search import SHORTEST_PREFIX, owned
from common.models.log_entries import EntryMonthRow, SearchLineRow
from common.services.paging import fits_column, invalid_cursor, limit_search_time
from common.services.postgres.prepared import PreparedStatement

READ_AT_MOST: Final = 12_000
READ_OF_OWNER: Final = 2_500  # the index leads to the lines of an owner alone, which are fewer
_FOUND_AT_MOST: Final = 5_000  # by the index, in a month; beyond it the lines are read in order after all
_LONGEST_RUN: Final = timedelta(days=31)  # with a margin; its lines are in the month in which it was created
_COLUMNS: Final = SearchLineRow.__table__.c
_COUNT: Final = PreparedStatement(
    text("""
    SELECT count(*) FROM (
        SELECT FROM search_lines WHERE user_email = :owner AND at >= :since LIMIT :read_at_most
    ) lines
    """)
)
# Without bitmaps, the index of times is left, whose lines are in order, and not the index of words.
_BY_TIME: Final = text("SET LOCAL enable_bitmapscan = off")
_BY_WORDS: Final = text("SET LOCAL enable_bitmapscan = on")


class LinePosition(NamedTuple):
    """The position of a line in the list; `month` is in ISO 8601."""

    month: str
    at: datetime
    run_number: int
    task: str
    number: int


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


@dataclass(frozen=True, slots=True)
class _Statements:
    """How the lines of one month are read."""

    newest: PreparedStatement
    indexed: PreparedStatement
    in_order: PreparedStatement


def rows_of_page(
    connection: Connection, wanted: LineFilter, after: LinePosition | None, *, at_most: int
) -> Sequence[Row[Any]]:
    """The first lines after a position, with their runs; at most 5 s a statement.

    Raises ValidationError for a position that no line can have, and UnavailableError.
    """
    if after and not all(fits_column(getattr(after, name), _COLUMNS[name]) for name in ("run_number", "number")):
        raise invalid_cursor()
    limit_search_time(connection)
    rows: list[Row[Any]] = []
    few = wanted.owner is not None and _has_few(connection, wanted)
    for number, month in enumerate(_months(connection, wanted, after)):
        since = after if after and after.month == month.isoformat() else None
        values = _values(wanted, month, since) | {"at_most": at_most - len(rows)}
        statements = _statements(is_own=wanted.owner is not None, is_later=since is not None)
        rows += _rows_of_month(connection, statements, values, few=few, is_newest=not number)
        if len(rows) >= at_most:
            break
    return rows


def _has_few(connection: Connection, wanted: LineFilter) -> bool:
    values = {"owner": wanted.owner, "since": wanted.since, "read_at_most": READ_OF_OWNER}
    count: int = _COUNT.execute(connection, values).scalar_one()
    return count < READ_OF_OWNER


def _rows_of_month(
    connection: Connection, statements: _Statements, values: Mapping[str, Any], *, few: bool, is_newest: bool
) -> Sequence[Row[Any]]:
    if few or is_newest:
        if is_newest:
            connection.execute(_BY_TIME)
        newest = statements.newest.execute(connection, values).all()
        if few or len(newest) >= values["at_most"]:
            return newest
        connection.execute(_BY_WORDS)
    found = statements.indexed.execute(connection, values).all()
    if found[0].size < _FOUND_AT_MOST:
        return [row for row in found if row.run_id]
    connection.execute(_BY_TIME)
    rows = statements.in_order.execute(connection, values).all()
    connection.execute(_BY_WORDS)
    return rows


_OWN: Final = "AND user_email = :owner"
_AFTER: Final = "AND (at, run_number, task, number) < (:after_at, :after_run, :after_task, :after_number)"
_PLACE: Final = "ORDER BY at DESC, run_number DESC, task DESC, number DESC"
_OF_MONTH: Final = """
    SELECT at, month, run_number, task, number, level, text, words FROM search_lines
    WHERE month = cast(:month AS date) AND at >= :since {own} {after}
"""
_MATCHING: Final = """
    SELECT at, month, run_number, task, number, level, text FROM ({lines}) line WHERE words @@ cast(:query AS tsquery)
"""
_WITH_RUNS: Final = """
    SELECT line.*, run_id, name, pipeline, status, diagnosis ->> 'cause' AS cause
    FROM ({lines}) line JOIN runs ON run_id = 'run-' || lpad(to_hex(run_number), 8, '0')
    WHERE cast(:cause AS text) IS NULL OR diagnosis ->> 'cause' = :cause
    {place} LIMIT :at_most
"""
_INDEXED: Final = """
    WITH found AS MATERIALIZED ({lines} LIMIT :found_at_most)
    SELECT size, shown.* FROM (SELECT count(*) AS size FROM found) counted LEFT JOIN ({shown}) shown ON true {place}
"""


@cache
def _statements(*, is_own: bool, is_later: bool) -> _Statements:
    of_month = _OF_MONTH.format(own=_OWN if is_own else "", after=_AFTER if is_later else "")
    matching = _MATCHING.format(lines=of_month)
    newest = _MATCHING.format(lines=of_month + _PLACE + " LIMIT :read_at_most")
    shown = _WITH_RUNS.format(lines="SELECT * FROM found", place=_PLACE)
    return _Statements(
        newest=PreparedStatement(text(_WITH_RUNS.format(lines=newest, place=_PLACE))),
        indexed=PreparedStatement(text(_INDEXED.format(lines=matching, shown=shown, place=_PLACE))),
        in_order=PreparedStatement(text(_WITH_RUNS.format(lines=matching, place=_PLACE))),
    )


def _months(connection: Connection, wanted: LineFilter, after: LinePosition | None) -> Sequence[date]:
    earliest = (wanted.since - _LONGEST_RUN).date().replace(day=1)
    months = select(EntryMonthRow.month).where(EntryMonthRow.month >= earliest)
    if after:
        try:
            months = months.where(EntryMonthRow.month <= date.fromisoformat(after.month))
        except ValueError as error:
            raise invalid_cursor() from error
    return connection.execute(months.order_by(EntryMonthRow.month.desc())).scalars().all()


def _values(wanted: LineFilter, month: date, after: LinePosition | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        "month": month.isoformat(),
        "query": _query(wanted),
        "since": wanted.since,
        "owner": wanted.owner,
        "cause": wanted.cause,
        "found_at_most": _FOUND_AT_MOST,
        "read_at_most": READ_OF_OWNER if wanted.owner else READ_AT_MOST,
    }
    if after:
        values["after_at"] = after.at
        values["after_run"] = after.run_number
        values["after_task"] = after.task
        values["after_number"] = after.number
    return values


def _query(wanted: LineFilter) -> str:
    """The query in Postgres's own notation; words have letters, digits, underscores, dots and colons only.

    The last word may be the beginning of one, because it may still be typed; of all words that would take long.
    """
    words = owned(wanted.words, wanted.owner) if wanted.owner else wanted.words
    query = " & ".join(f"'{word}'" for word in words)
    return f"{query}:*" if len(wanted.words[-1]) >= SHORTEST_PREFIX else query
