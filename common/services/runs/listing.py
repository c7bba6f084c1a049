"""Lists of runs: filters, pages and keyset cursors, all served by indexes of the table."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from common.domain.runs.access import EVERYONE, Caller
from common.domain.runs.run import RUN_ID
from common.domain.runs.status import RunStatus
from common.models.runs import RunRow
from common.services.paging import (
    CursorCodec,
    Total,
    contains,
    escaped_for_like,
    invalid_cursor,
    limit_search_time,
    up_to_cap,
)
from common.services.postgres.json_text import json_lines
from common.services.postgres.prepared import PreparedStatement
from common.services.runs.run_json import RUN_JSON, STARRED, viewed, viewer_values


class RunPosition(NamedTuple):
    """The position of a run in a list of runs."""

    created_at: datetime
    run_id: str


_CURSORS: Final = CursorCodec(RunPosition)
_LIST: Final = "runs"
_SEARCHED: Final = (
    *(RunRow.run_id, RunRow.name, RunRow.note, RunRow.pipeline, RunRow.source_project, RunRow.samples),
    func.array_to_string(RunRow.labels, literal_column("E'\\n'"), type_=Text),
)
NOBODY: Final = Caller(email="")
_KINDS: Final = 200  # of pages whose statements are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Filters and page of a list of runs. `owner` None means all owners; `cursor` takes precedence over `page`.

    `shared` are the runs that others share with `viewer`, whose stars are shown and `starred` selects.
    """

    owner: str | None
    viewer: Caller = NOBODY
    shared: bool = False
    starred: bool = False
    label: str | None = None
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
    """A page of runs, newest first.

    `lines` are their JSON, one a line with commas between, as RunResponse describes it but with their secrets.
    """

    lines: str
    total: Total
    next_cursor: str | None


def list_page(connection: Connection, filters: RunFilter) -> RunPage:
    """A page of runs with the total.

    Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
    """
    if filters.search:  # no index helps: if matches are rare, every row that passes the other filters is read
        limit_search_time(connection)
    found = page_of(connection, filters)
    has_more = found.size > filters.page_size
    is_whole_list = not has_more and not filters.cursor and filters.page == 1
    return RunPage(
        lines=found.lines,
        total=Total(found.size, is_capped=False) if is_whole_list else total_of(connection, filters),
        next_cursor=cursor_after(found) if has_more else None,
    )


def page_of(connection: Connection, filters: RunFilter) -> Row[*tuple[Any, ...]]:
    """The `lines` of a page, the `size` of the page and of the run after it, and the last position on the page."""
    return _page_of(_Kind.of(filters)).execute(connection, _values_of(filters)).one()


def total_of(connection: Connection, filters: RunFilter) -> Total:
    """The total over all pages."""
    return Total.capped(_count_of(_Kind.of(filters)).execute(connection, _values_of(filters)).scalar_one())


def cursor_after(found: Row[*tuple[Any, ...]]) -> str:
    """The cursor of the page that follows a full one."""
    return _CURSORS.encode(RunPosition(found.last_created_at, found.last_run_id), of=_LIST)


class _Kind(NamedTuple):
    """The filters that a page has. They decide the text of its statement, which is made once for each kind of page."""

    owner: bool
    shared: bool
    starred: bool
    label: bool
    status: bool
    pipeline: bool
    search: bool
    created_after: bool
    created_before: bool
    source_ngs_run: bool
    cursor: bool

    @classmethod
    def of(cls, filters: RunFilter) -> "_Kind":
        return cls._make(bool(getattr(filters, name)) for name in cls._fields)


def _values_of(filters: RunFilter) -> dict[str, Any]:
    position = _position_in(filters.cursor) if filters.cursor else None
    return {
        "owner": filters.owner,
        **viewer_values(filters.viewer),
        "readers": [filters.viewer.email, EVERYONE],
        "labels": [filters.label],
        "status": filters.status and filters.status.value,
        "pipeline": filters.pipeline,
        "search": escaped_for_like(filters.search or ""),
        "created_after": filters.created_after,
        "created_before": filters.created_before,
        "source_ngs_runs": [filters.source_ngs_run],
        "last_created_at": position and position.created_at,
        "last_run_id": position and position.run_id,
        "offset": 0 if position else (filters.page - 1) * filters.page_size,
        "limit": filters.page_size,
    }


def _position_in(cursor: str) -> RunPosition:
    position = _CURSORS.decode(cursor, of=_LIST)
    if not RUN_ID.fullmatch(position.run_id):
        raise invalid_cursor()
    return position


@lru_cache(_KINDS)
def _page_of(kind: _Kind) -> PreparedStatement:
    order, limit = (RunRow.created_at.desc(), RunRow.run_id.desc()), bindparam("limit", type_=BigInteger)
    page = select(RunRow.__table__).where(*_conditions(kind)).order_by(*order).limit(limit + 1)
    if kind.cursor:
        last = tuple_(bindparam("last_created_at", type_=RunRow.created_at.type), bindparam("last_run_id"))
        page = page.where(tuple_(RunRow.created_at, RunRow.run_id) < last)
    else:
        page = page.offset(bindparam("offset", type_=BigInteger))
    found = page.subquery()
    in_order = func.row_number().over(order_by=(found.c.created_at.desc(), found.c.run_id.desc()))
    numbered = select(found, *viewed(found.c.run_id), in_order.label("place")).subquery()
    columns = numbered.c
    found_page = select(
        json_lines(RUN_JSON, columns.place, only=columns.place <= limit).label("lines"),
        func.count().label("size"),
        func.max(columns.created_at).filter(columns.place == limit).label("last_created_at"),
        func.max(columns.run_id).filter(columns.place == limit).label("last_run_id"),
    )
    return PreparedStatement(found_page.select_from(numbered))


@lru_cache(_KINDS)
def _count_of(kind: _Kind) -> PreparedStatement:
    return PreparedStatement(up_to_cap(select(literal(1)).select_from(RunRow).where(*_conditions(kind))))


def _conditions(kind: _Kind) -> list[ColumnElement[bool]]:
    time = RunRow.created_at.type
    conditions: list[ColumnElement[bool] | None] = [
        RunRow.user_email == bindparam("owner") if kind.owner else None,
        RunRow.shared_with.overlap(bindparam("readers")) if kind.shared else None,
        RunRow.user_email != bindparam("viewer", type_=Text) if kind.shared else None,
        RunRow.run_id.in_(STARRED) if kind.starred else None,
        RunRow.labels.contains(bindparam("labels")) if kind.label else None,
        RunRow.status == bindparam("status") if kind.status else None,
        RunRow.pipeline == bindparam("pipeline") if kind.pipeline else None,
        RunRow.created_at > bindparam("created_after", type_=time) if kind.created_after else None,
        RunRow.created_at < bindparam("created_before", type_=time) if kind.created_before else None,
        RunRow.source_ngs_runs.contains(bindparam("source_ngs_runs")) if kind.source_ngs_run else None,
        or_(*(contains(column) for column in _SEARCHED)) if kind.search else None,
    ]
    return [condition for condition in conditions if condition is not None]
