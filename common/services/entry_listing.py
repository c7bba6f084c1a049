"""Lists of a run's log entries, by their numbers (decision 7).

Numbers have no gaps, so without a filter an offset is a number and the total is the last number and one, at any size.
With a filter, entries are read and passed over, within a time limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, select, text

from common.models.log_entries import LogEntryRow
from common.services.counting import Total, count_up_to_cap

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR")
_LONGEST_SEARCH_MS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which log entries, and which page: `offset` and `limit` count entries after filtering."""

    level: str | None = None  # this one and those above it
    search: str | None = None
    offset: int = 0
    limit: int = 200
    newest_first: bool = False


def entry_page(connection: Connection, run_id: str, wanted: EntryFilter) -> tuple[Sequence[Row[Any]], Total]:
    """The rows of a page, and the total. Raises UnavailableError when filtering takes too long."""
    if wanted.level or wanted.search:
        return _filtered_page(connection, run_id, wanted)
    total = _next_number(connection, run_id)
    if wanted.newest_first:
        is_further_on = LogEntryRow.number < total - wanted.offset
    else:
        is_further_on = LogEntryRow.number >= wanted.offset
    return connection.execute(_entries(run_id, wanted).where(is_further_on)).all(), Total(total, is_capped=False)


def _filtered_page(connection: Connection, run_id: str, wanted: EntryFilter) -> tuple[Sequence[Row[Any]], Total]:
    connection.execute(text(f"SET LOCAL statement_timeout = {_LONGEST_SEARCH_MS}"))
    conditions = _conditions(wanted)
    rows = connection.execute(_entries(run_id, wanted).where(*conditions).offset(wanted.offset)).all()
    if len(rows) < wanted.limit and (rows or not wanted.offset):  # the last page: nothing is left to count
        return rows, Total(wanted.offset + len(rows), is_capped=False)
    matching = select(LogEntryRow.number).where(LogEntryRow.run_id == run_id, *conditions)
    return rows, count_up_to_cap(connection, matching)


def _entries(run_id: str, wanted: EntryFilter) -> Select[Any]:
    order = LogEntryRow.number.desc() if wanted.newest_first else LogEntryRow.number
    return select(LogEntryRow.__table__).where(LogEntryRow.run_id == run_id).order_by(order).limit(wanted.limit)


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
