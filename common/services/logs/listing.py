"""Lists of a run's log entries, by their numbers (decision 7).

Numbers have no gaps, so without a filter an offset is a number and the total is the last number and one, at any size.
With a filter, entries are read and passed over, within a time limit. A cursor names the last entry that was seen, so
pages follow each other whatever was added meanwhile, however many entries each could hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, select

from common.models.log_entries import LogEntryRow
from common.services.paging import CursorCodec, Total, count_up_to_cap, invalid_cursor, limit_search_time

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
# API Gateway passes on 32 MB: this and one more entry, made of 1 MiB of the log, when JSON writes six bytes for each.
_BYTES_OF_A_PAGE = 4 << 20
_SIZE = 250  # of an entry without its message


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which log entries, and which page: `offset` and `limit` count entries after filtering.

    `cursor` takes precedence over `offset`.
    """

    level: str | None = None  # this one and those above it
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
    """The rows of a page: no more than asked for, nor than an answer can hold, but at least one if there is any."""

    rows: Sequence[Row[Any]]
    total: Total
    next_cursor: str | None


def entry_page(connection: Connection, run_id: str, wanted: EntryFilter) -> EntryRows:
    """A page of a run's entries.

    Raises ValidationError for a cursor that is not of this list, UnavailableError when filtering takes too long.
    """
    after = _number_in(wanted.cursor, wanted) if wanted.cursor else None
    if wanted.level or wanted.search:
        return _filtered_page(connection, run_id, wanted, after)
    total = _next_number(connection, run_id)
    if after is None:
        after = total - wanted.offset if wanted.newest_first else wanted.offset - 1
    rows, has_more = _read(connection, _entries(run_id, wanted).where(_is_beyond(after, wanted)), wanted)
    return EntryRows(rows, Total(total, is_capped=False), _cursor_after(rows[-1], wanted) if has_more else None)


def _filtered_page(connection: Connection, run_id: str, wanted: EntryFilter, after: int | None) -> EntryRows:
    limit_search_time(connection)
    conditions = _conditions(wanted)
    page = _entries(run_id, wanted).where(*conditions)
    page = page.offset(wanted.offset) if after is None else page.where(_is_beyond(after, wanted))
    rows, has_more = _read(connection, page, wanted)
    if not has_more and after is None and (rows or not wanted.offset):  # the last page: nothing is left to count
        return EntryRows(rows, Total(wanted.offset + len(rows), is_capped=False), None)
    matching = select(LogEntryRow.number).where(LogEntryRow.run_id == run_id, *conditions)
    total = count_up_to_cap(connection, matching)
    return EntryRows(rows, total, _cursor_after(rows[-1], wanted) if has_more else None)


def _entries(run_id: str, wanted: EntryFilter) -> Select[Any]:
    """The entries of a page, and the one that follows it."""
    order = LogEntryRow.number.desc() if wanted.newest_first else LogEntryRow.number
    return select(LogEntryRow.__table__).where(LogEntryRow.run_id == run_id).order_by(order).limit(wanted.limit + 1)


def _read(connection: Connection, entries: Select[Any], wanted: EntryFilter) -> tuple[Sequence[Row[Any]], bool]:
    """As many of `entries` as make a page, and whether one follows. The bytes are summed up without being read."""
    found = entries.subquery()
    order = found.c.number.desc() if wanted.newest_first else found.c.number
    size = func.octet_length(found.c.message) + _SIZE
    before = func.sum(size).over(order_by=order, rows=(None, -1))
    follows = func.lead(found.c.number).over(order_by=order).is_not(None)
    measured = select(found, func.coalesce(before, 0).label("before"), follows.label("has_next")).subquery()
    place = measured.c.number.desc() if wanted.newest_first else measured.c.number
    fitting = select(measured).where(measured.c.before < _BYTES_OF_A_PAGE).order_by(place).limit(wanted.limit)
    rows = connection.execute(fitting).all()
    return rows, bool(rows) and rows[-1].has_next


def _is_beyond(number: int, wanted: EntryFilter) -> ColumnElement[bool]:
    return LogEntryRow.number < number if wanted.newest_first else LogEntryRow.number > number


def _cursor_after(row: Row[Any], wanted: EntryFilter) -> str:
    return _CURSORS.encode(EntryPosition(wanted.order, row.number))


def _number_in(cursor: str, wanted: EntryFilter) -> int:
    position = _CURSORS.decode(cursor)
    if position.order != wanted.order or position.number < 0:
        raise invalid_cursor()
    return position.number


def _next_number(connection: Connection, run_id: str) -> int:
    last = select(func.max(LogEntryRow.number)).where(LogEntryRow.run_id == run_id)
    number: int | None = connection.execute(last).scalar_one()
    return 0 if number is None else number + 1


def _conditions(wanted: EntryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.level:
        levels: Sequence[str] = LEVELS[LEVELS.index(wanted.level) :]
        # Written out, so that Postgres sees that the index of warnings and errors will do.
        written: list[ColumnElement[str]] = [literal_column(f"'{level}'") for level in levels]
        conditions.append(LogEntryRow.level.in_(written))
    if wanted.search:
        conditions.append(LogEntryRow.message.icontains(wanted.search, autoescape=True))
    return conditions
