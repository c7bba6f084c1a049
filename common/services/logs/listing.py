"""Pages of a run's log entries (decision 7).

Entries are numbered without gaps, so without a filter an offset is a number, and the total is the last number plus
one. With a filter, entries are read and skipped, within a time limit. A cursor holds the number of the last entry of
its page, so new entries do not shift the following pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, literal_column, select

from common.domain.runs.log_key import LogKey
from common.models.log_entries import LEVELS, EntrySourceRow, LogEntryRow, entries_of, level_name
from common.services.paging import CursorCodec, Total, count_up_to_cap, fits_column, invalid_cursor, limit_search_time

# API Gateway allows 32 MB: these bytes and one more entry of 1 MiB, when JSON needs six bytes for each.
_PAGE_BYTES = 4 << 20
_ENTRY_BYTES = 250  # of an entry without its message


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
class EntryRows:
    """The rows of a page: at most `limit` and what fits into a response, but at least one if there is any."""

    rows: Sequence[Row[Any]]
    total: Total
    next_cursor: str | None


def entry_page(
    connection: Connection, run_id: str, filters: EntryFilter, *, key: LogKey, open_number: int | None = None
) -> EntryRows:
    """A page of the entries of a run, which are stored under `key`; the one numbered `open_number`, if any, is `open`.

    Raises ValidationError for an invalid cursor, and UnavailableError when filtering takes too long.
    """
    after = _number_in(run_id, filters.cursor, filters) if filters.cursor else None
    if filters.level or filters.search:
        return _filtered_page(connection, run_id, key, filters, after, open_number)
    total = next_number(connection, key)
    if after is None:
        after = total - filters.offset if filters.newest_first else filters.offset - 1
    page = _entries(key, filters, open_number).where(_is_beyond(after, filters))
    rows, has_more = _read(connection, page, filters)
    next_cursor = _cursor_after(run_id, rows[-1], filters) if has_more else None
    return EntryRows(rows, Total(total, is_capped=False), next_cursor)


def _filtered_page(
    connection: Connection, run_id: str, key: LogKey, filters: EntryFilter, after: int | None, open_number: int | None
) -> EntryRows:
    limit_search_time(connection)
    conditions = _conditions(filters)
    page = _entries(key, filters, open_number).where(*conditions)
    page = page.offset(filters.offset) if after is None else page.where(_is_beyond(after, filters))
    rows, has_more = _read(connection, page, filters)
    if not has_more and after is None and (rows or not filters.offset):  # the last page: the total is known
        return EntryRows(rows, Total(filters.offset + len(rows), is_capped=False), None)
    matching = select(LogEntryRow.number).where(entries_of(key), *conditions)
    total = count_up_to_cap(connection, matching)
    return EntryRows(rows, total, _cursor_after(run_id, rows[-1], filters) if has_more else None)


def _entries(key: LogKey, filters: EntryFilter, open_number: int | None = None) -> Select[Any]:
    """The entries of a page and the one after it."""
    order = LogEntryRow.number.desc() if filters.newest_first else LogEntryRow.number
    # Entries that were not there when `open_number` was read may be open as well.
    is_open = false() if open_number is None else LogEntryRow.number >= open_number
    entries = select(LogEntryRow.__table__, is_open.label("open")).where(entries_of(key))
    return entries.order_by(order).limit(filters.limit + 1)


def _read(connection: Connection, entries: Select[Any], filters: EntryFilter) -> tuple[Sequence[Row[Any]], bool]:
    """The entries that fit into a page, and whether another follows. Postgres sums the sizes without sending texts."""
    found = entries.subquery()
    order = found.c.number.desc() if filters.newest_first else found.c.number
    size = func.octet_length(found.c.message) + _ENTRY_BYTES
    before = func.sum(size).over(order_by=order, rows=(None, -1))
    follows = func.lead(found.c.number).over(order_by=order).is_not(None)
    measured = select(found, func.coalesce(before, 0).label("before"), follows.label("has_next")).subquery()
    page_order = measured.c.number.desc() if filters.newest_first else measured.c.number
    shown = (
        measured.c.number,
        measured.c.timestamp,
        level_name(measured.c.level).label("level"),
        func.nullif(EntrySourceRow.logger, "").label("logger"),
        func.nullif(EntrySourceRow.thread, "").label("thread"),
        measured.c.message,
        measured.c.open,
        measured.c.has_next,
    )
    fitting = select(*shown).join(EntrySourceRow, EntrySourceRow.id == measured.c.source)
    fitting = fitting.where(measured.c.before < _PAGE_BYTES).order_by(page_order).limit(filters.limit)
    rows = connection.execute(fitting).all()
    return rows, bool(rows) and rows[-1].has_next


def _is_beyond(number: int, filters: EntryFilter) -> ColumnElement[bool]:
    return LogEntryRow.number < number if filters.newest_first else LogEntryRow.number > number


def _cursor_after(run_id: str, row: Row[Any], filters: EntryFilter) -> str:
    return _CURSORS.encode(EntryPosition(filters.order, row.number), of=_list_of(run_id))


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


def _conditions(filters: EntryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.level:
        # A literal, not a parameter, so that Postgres can use the partial index of warnings and errors.
        lowest: ColumnElement[int] = literal_column(str(LEVELS.index(filters.level)))
        conditions.append(LogEntryRow.level >= lowest)
    if filters.search:
        conditions.append(LogEntryRow.message.icontains(filters.search, autoescape=True))
    return conditions
