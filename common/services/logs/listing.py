"""Pages of a run's log entries (decision 7).

Entries are numbered without gaps, so without a filter an offset is a number, and the total is the last number plus
one. With a filter, entries are read and skipped, within a time limit. A cursor holds the number of the last entry of
its page, so new entries do not shift the following pages.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    SQLColumnExpression,
    bindparam,
    false,
    func,
    literal_column,
    select,
)

from common.domain.runs.log_key import LogKey
from common.domain.runs.run import RunOutline
from common.models.log_entries import LEVELS, EntrySourceRow, LogEntryRow, entries_of, level_name
from common.services.logs.log_end import are_gone, is_restoring, open_number
from common.services.paging import (
    CursorCodec,
    Total,
    contains,
    escaped_for_like,
    fits_column,
    invalid_cursor,
    limit_search_time,
    up_to_cap,
)
from common.services.postgres.json_text import NULL, json_lines, json_object, moment_of, value_of
from common.services.postgres.prepared import PreparedStatement

_OF_RUN: Final = (LogEntryRow.month == bindparam("month")) & (LogEntryRow.run_number == bindparam("run_number"))
# API Gateway allows 32 MB: these bytes and one more entry of 1 MiB, when JSON needs six bytes for each.
_PAGE_BYTES = 4 << 20
_ENTRY_BYTES = 250  # of an entry without its message
_ENTRY: Final = json_object(  # a LogEntry
    {
        "number": "number",
        "timestamp": moment_of('"timestamp"'),
        "source": """'"nextflow"'""",
        "level": value_of("level"),
        "logger": value_of("logger"),
        "thread": value_of("thread"),
        "message": value_of("message"),
        "task_name": NULL,
        "stream": NULL,
        "open": value_of("open"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Filters and page of a list of log entries; `offset` and `limit` count entries after filtering.

    `cursor` takes precedence over `offset`.
    """

    level: str | None = None  # this level and those above it
    search: str | None = None
    offset: int = 0
    limit: int = 200
    newest_first: bool = False
    cursor: str | None = None

    @property
    def order(self) -> str:
        return "desc" if self.newest_first else "asc"


class EntryPosition(NamedTuple):
    """The position of an entry in a list of log entries; `order` is `asc` or `desc`."""

    order: str
    number: int


_CURSORS: Final = CursorCodec(EntryPosition)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries: at most `limit` and what fits into a response, but at least one if there is any.

    `lines` are their JSON, one a line with commas between, as LogEntry describes it but with their secrets. `complete`
    when the run is over and its whole log, if any, is ingested; `restoring` when entries that had been dropped have to
    be read again first.
    """

    lines: str
    total: Total
    next_cursor: str | None
    complete: bool
    restoring: bool = False


def entry_page(connection: Connection, run: RunOutline, filters: EntryFilter) -> EntryPage:
    """A page of the entries of a run, which must have been read before.

    Raises ValidationError for an invalid cursor, and UnavailableError when filtering takes too long.
    """
    kind = _Kind(
        level=filters.level,
        searches=bool(filters.search),
        newest_first=filters.newest_first,
        has_cursor=bool(filters.cursor),
        may_grow=not run.is_over,
    )
    key = LogKey.of(run.run_id, run.created_at)
    values = {
        "run_id": run.run_id,
        **key._asdict(),
        "after": _number_in(run.run_id, filters.cursor, filters) if filters.cursor else None,
        "offset": 0 if filters.cursor else filters.offset,
        "limit": filters.limit,
        "page_bytes": _PAGE_BYTES,
        "search": escaped_for_like(filters.search or ""),
    }
    if kind.is_filtered:
        limit_search_time(connection)
    found = _page_of(kind).execute(connection, values).one()
    next_cursor = _cursor_after(run.run_id, found, filters)
    if not kind.is_filtered:
        total = Total(found.total, is_capped=False)
    elif not next_cursor and not filters.cursor and (found.size or not filters.offset):  # the last page
        total = Total(filters.offset + found.size, is_capped=False)
    else:
        total = Total.capped(_count_of(kind).execute(connection, values).scalar_one())
    restoring = found.restoring or (run.is_over and not found.size and are_gone(connection, run.run_id, key))
    return EntryPage(found.lines, total, next_cursor, complete=run.is_over and not restoring, restoring=restoring)


class _Kind(NamedTuple):
    """What decides the text of a statement; a statement is made once for each kind of page."""

    level: str | None
    searches: bool
    newest_first: bool
    has_cursor: bool
    may_grow: bool

    @property
    def is_filtered(self) -> bool:
        return self.searches or self.level is not None

    def order(self, number: SQLColumnExpression[int]) -> SQLColumnExpression[int]:
        return number.desc() if self.newest_first else number


@cache
def _page_of(kind: _Kind) -> PreparedStatement:
    """The page in JSON; if it is not filtered, with the total."""
    restoring = (false() if kind.may_grow else is_restoring(bindparam("run_id"))).label("restoring")
    if kind.is_filtered:
        page = _entries(kind).where(*_conditions(kind)).offset(bindparam("offset", type_=BigInteger))
        return PreparedStatement(_in_json(page, kind).add_columns(restoring))
    total = func.coalesce(select(func.max(LogEntryRow.number)).where(_OF_RUN).scalar_subquery() + 1, 0)
    offset = bindparam("offset", type_=BigInteger)
    beyond = LogEntryRow.number < total - offset if kind.newest_first else LogEntryRow.number >= offset
    page = _in_json(_entries(kind).where(beyond), kind)
    return PreparedStatement(page.add_columns(total.label("total"), restoring))


@cache
def _count_of(kind: _Kind) -> PreparedStatement:
    return PreparedStatement(up_to_cap(select(LogEntryRow.number).where(_OF_RUN, *_conditions(kind))))


def _entries(kind: _Kind) -> Select[Any]:
    """The entries of a page and the one after it."""
    number = LogEntryRow.number
    is_open = func.coalesce(number >= open_number(bindparam("run_id")), false()) if kind.may_grow else false()
    entries = select(LogEntryRow.__table__, is_open.label("open")).where(_OF_RUN)
    if kind.has_cursor:
        after = bindparam("after", type_=BigInteger)
        entries = entries.where(number < after if kind.newest_first else number > after)
    return entries.order_by(kind.order(number)).limit(bindparam("limit", type_=BigInteger) + 1)


def _in_json(entries: Select[Any], kind: _Kind) -> Select[Any]:
    """The entries that fit into a page, and whether another follows. Postgres sums the sizes without sending texts."""
    found = entries.subquery()
    order = kind.order(found.c.number)
    size = func.octet_length(found.c.message) + _ENTRY_BYTES
    before = func.sum(size).over(order_by=order, rows=(None, -1))
    follows = func.lead(found.c.number).over(order_by=order).is_not(None)
    measured = select(found, func.coalesce(before, 0).label("before"), follows.label("has_next")).subquery()
    columns = measured.c
    shown = (
        *(columns.number, columns.timestamp, columns.message, columns.open, columns.has_next),
        level_name(columns.level).label("level"),
        func.nullif(EntrySourceRow.logger, "").label("logger"),
        func.nullif(EntrySourceRow.thread, "").label("thread"),
    )
    fitting = select(*shown).join(EntrySourceRow, EntrySourceRow.id == columns.source)
    fitting = fitting.where(columns.before < bindparam("page_bytes", type_=BigInteger))
    page = fitting.order_by(kind.order(columns.number)).limit(bindparam("limit", type_=BigInteger)).subquery()
    number = page.c.number
    return select(
        json_lines(_ENTRY, kind.order(number)).label("lines"),
        func.count().label("size"),
        (func.min(number) if kind.newest_first else func.max(number)).label("last"),
        func.bool_and(page.c.has_next).label("has_next"),  # all but the last have one
    ).select_from(page)


def _cursor_after(run_id: str, found: Row[Any], filters: EntryFilter) -> str | None:
    """The cursor of the page that follows the found one; None if that is the last."""
    position = EntryPosition(filters.order, found.last)
    return _CURSORS.encode(position, of=_list_of(run_id)) if found.has_next else None


def _number_in(run_id: str, cursor: str, filters: EntryFilter) -> int:
    position = _CURSORS.decode(cursor, of=_list_of(run_id))
    number = LogEntryRow.__table__.c.number
    if position.order != filters.order or position.number < 0 or not fits_column(position.number, number):
        raise invalid_cursor()
    return position.number


def _list_of(run_id: str) -> str:
    return f"{run_id}/log"


def next_number(connection: Connection, key: LogKey) -> int:
    """The number after the last entry of a log."""
    last = select(func.max(LogEntryRow.number)).where(entries_of(key))
    number: int | None = connection.execute(last).scalar_one()
    return 0 if number is None else number + 1


def _conditions(kind: _Kind) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind.level:
        # A literal, not a parameter, so that Postgres can use the partial index of warnings and errors.
        lowest: ColumnElement[int] = literal_column(str(LEVELS.index(kind.level)))
        conditions.append(LogEntryRow.level >= lowest)
    if kind.searches:
        conditions.append(contains(LogEntryRow.message))
    return conditions
