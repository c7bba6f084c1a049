"""Lists of runs: filters, pages and keyset cursors, all served by indexes of the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, literal, or_, select, tuple_

from common.domain.runs.run import RUN_ID, Run
from common.domain.runs.status import RunStatus
from common.models.runs import RunRow
from common.services.paging import CursorCodec, Total, count_up_to_cap, invalid_cursor, limit_search_time


class RunPosition(NamedTuple):
    """The position of a run in a list of runs."""

    created_at: datetime
    run_id: str


_CURSORS: Final = CursorCodec(RunPosition)
_LIST: Final = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Filters and page of a list of runs. `owner` None means all owners; `cursor` takes precedence over `page`."""

    owner: str | None
    status: RunStatus | None = None
    pipeline: str | None = None
    search: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    source_ngs_run: str | None = None
    page: int = 1
    page_size: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A page of runs, newest first; `has_more` when another page follows."""

    runs: Sequence[Run]
    total: Total
    has_more: bool

    @property
    def next_cursor(self) -> str | None:
        return cursor_after(self.runs[-1]) if self.has_more else None


def list_page(connection: Connection, filters: RunFilter) -> tuple[Sequence[Row[Any]], Total, bool]:
    """The rows of a page, the total, and whether more rows follow.

    Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
    """
    if filters.search:  # no index helps: if matches are rare, every row that passes the other filters is read
        limit_search_time(connection)
    rows, has_more = page_of(connection, filters)
    is_whole_list = not has_more and not filters.cursor and filters.page == 1
    total = Total(len(rows), is_capped=False) if is_whole_list else total_of(connection, filters)
    return rows, total, has_more


def page_of(connection: Connection, filters: RunFilter) -> tuple[Sequence[Row[Any]], bool]:
    """The rows of a page, and whether more rows follow."""
    matching = select(RunRow.__table__).where(*_conditions(filters))
    page = matching.order_by(RunRow.created_at.desc(), RunRow.run_id.desc()).limit(filters.page_size + 1)
    page = _after(page, filters.cursor) if filters.cursor else page.offset((filters.page - 1) * filters.page_size)
    rows = connection.execute(page).all()
    return rows[: filters.page_size], len(rows) > filters.page_size


def total_of(connection: Connection, filters: RunFilter) -> Total:
    """The total over all pages."""
    return count_up_to_cap(connection, select(literal(1)).select_from(RunRow).where(*_conditions(filters)))


def cursor_after(run: Run) -> str:
    """The cursor of the page that follows `run`."""
    return _CURSORS.encode(RunPosition(run.created_at, run.run_id), of=_LIST)


def _after(page: Select[Any], cursor: str) -> Select[Any]:
    position = _CURSORS.decode(cursor, of=_LIST)
    if not RUN_ID.fullmatch(position.run_id):
        raise invalid_cursor()
    return page.where(tuple_(RunRow.created_at, RunRow.run_id) < position)


def _conditions(filters: RunFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool] | None] = [
        RunRow.user_email == filters.owner if filters.owner else None,
        RunRow.status == filters.status.value if filters.status else None,
        RunRow.pipeline == filters.pipeline if filters.pipeline else None,
        RunRow.created_at > filters.created_after if filters.created_after else None,
        RunRow.created_at < filters.created_before if filters.created_before else None,
        RunRow.source_ngs_runs.contains([filters.source_ngs_run]) if filters.source_ngs_run else None,
        _contains(filters.search) if filters.search else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _contains(part: str) -> ColumnElement[bool]:
    searched = (RunRow.run_id, RunRow.pipeline, RunRow.source_project)
    return or_(*(column.icontains(part, autoescape=True) for column in searched))
