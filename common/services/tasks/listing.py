"""Lists of a run's tasks: filters, orders and keyset cursors, with an index for the usual orders (decision 7).

Tasks without a value come last in both directions. So a page reads two ranges: the tasks with a value, then those
without. Tasks with equal values are ordered by their hashes, in the same direction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from common.domain.tasks.summary import RunTaskSummary
from common.domain.tasks.task import TaskStatus
from common.models.task_summaries import TaskSummaryRow
from common.models.tasks import TaskRow, start_of
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
from common.services.postgres.json_text import json_lines
from common.services.postgres.prepared import PreparedStatement
from common.services.tasks.task_json import SHOWN, TASK_JSON, with_json

_FIELDS: Final[Mapping[str, str]] = {  # columns by the names in the API
    "name": "name",
    "process": "process",
    "status": "status",
    "exit_code": "exit_code",
    "attempt": "attempt",
    "duration": "duration_ms",
    "cpu_percent": "cpu_percent",
    "memory_peak": "memory_peak",
    "submit_time": "submit_time",
    "start_time": "start_time",
    "end_time": "end_time",
}
_KINDS: Final = 200  # of pages whose statements are kept; there are 22 orders
TASK_ORDERS: Final = tuple(sign + name for name in _FIELDS for sign in ("", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Filters, order and page of a list of tasks; `sort` is one of TASK_ORDERS, descending with a `-` in front.

    `offset` counts matching tasks; `cursor` takes precedence over it.
    """

    status: TaskStatus | None = None
    process: str | None = None
    search: str | None = None
    sort: str = "submit_time"
    offset: int = 0
    cursor: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """A page of tasks, the number of matching tasks, and the summary of all tasks of the run.

    `lines` are the JSON of the tasks, one a line with commas between, as TaskInfo describes it.
    """

    lines: str
    total: Total
    next_cursor: str | None
    summary: RunTaskSummary


class TaskPosition(NamedTuple):
    """The position of a task in a list of tasks; `order` is one of TASK_ORDERS, `value` what it sorts by."""

    order: str
    value: str | int | float | datetime | None
    task_hash: str


_CURSORS: Final = CursorCodec(TaskPosition)
_OF_RUN: Final = TaskRow.run_id == bindparam("run_id")


def task_page(connection: Connection, run_id: str, filters: TaskFilter) -> TaskPage:
    """A page of a run's tasks.

    Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
    """
    position = _position_of(run_id, filters.cursor, filters.sort) if filters.cursor else None
    kind = _Kind(
        sort=filters.sort,
        status=filters.status,
        by_process=bool(filters.process),
        searches=bool(filters.search),
        start=_start_of(position, filters.offset),
    )
    values = {
        "run_id": run_id,
        "process": filters.process,
        "search": escaped_for_like(filters.search or ""),
        "search_id": escaped_for_like((filters.search or "").replace("/", "-")),
        "value": position and position.value,
        "hash": position and position.task_hash,
        "offset": filters.offset,
        "limit": filters.limit,
    }
    if filters.search:  # no index helps
        limit_search_time(connection)
    found = _page_of(kind).execute(connection, values).one()
    summary = RunTaskSummary.from_json(found.summary) if found.summary else RunTaskSummary()
    has_more = found.size > filters.limit
    if not has_more and not filters.cursor and (found.size or not filters.offset):  # the last page
        total = Total(filters.offset + found.size, is_capped=False)
    elif filters.search or (filters.status and filters.process):
        total = Total.capped(_count_of(kind).execute(connection, values).scalar_one())
    else:
        total = _total_in(summary, filters)
    last = TaskPosition(filters.sort, found.last_value, found.last_hash)
    next_cursor = _CURSORS.encode(last, of=_list_of(run_id)) if has_more else None
    return TaskPage(lines=found.lines, total=total, next_cursor=next_cursor, summary=summary)


class _Start(Enum):
    """Where a page begins: with the first task, so many tasks later, or after one with a value, or without."""

    FIRST = "first"
    OFFSET = "offset"
    KNOWN = "known"
    UNKNOWN = "unknown"


def _start_of(position: TaskPosition | None, offset: int) -> _Start:
    if position is None:
        return _Start.OFFSET if offset else _Start.FIRST
    return _Start.UNKNOWN if position.value is None else _Start.KNOWN


class _Kind(NamedTuple):
    """What decides the text of a statement; a statement is made once for each kind of page."""

    sort: str
    status: TaskStatus | None
    by_process: bool
    searches: bool
    start: _Start

    @property
    def is_backwards(self) -> bool:
        return self.sort.startswith("-")

    @property
    def key(self) -> ColumnElement[Any]:
        """The indexed expression of this order."""
        field = _field(self.sort)
        column: ColumnElement[Any] = TaskRow.__table__.c[field]
        return start_of(column) if field in {"name", "process"} else column

    def in_order(self, *columns: SQLColumnExpression[Any]) -> list[SQLColumnExpression[Any]]:
        return [column.desc() if self.is_backwards else column for column in columns]


@lru_cache(_KINDS)
def _page_of(kind: _Kind) -> PreparedStatement:
    """The page in JSON, how many tasks were found for it and one more, its last position, and the summary."""
    found = _found(kind).subquery()
    in_order = kind.in_order(found.c.key, found.c.hash)
    if kind.is_backwards:
        in_order.insert(0, found.c.key.is_(None))
    numbered = select(found, func.row_number().over(order_by=in_order).label("place")).subquery()
    columns, limit = numbered.c, bindparam("limit", type_=BigInteger)
    stored = select(TaskSummaryRow.summary).where(TaskSummaryRow.run_id == bindparam("run_id"))
    page = select(
        json_lines(TASK_JSON, columns.place, only=columns.place <= limit).label("lines"),
        func.count().label("size"),
        func.max(columns.key).filter(columns.place == limit).label("last_value"),
        func.max(columns.hash).filter(columns.place == limit).label("last_hash"),
        stored.scalar_subquery().label("summary"),
    )
    return PreparedStatement(page.select_from(with_json(numbered)))


def _found(kind: _Kind) -> CompoundSelect[Any] | Select[Any]:
    """The tasks of a page and one more: those with a value, and as many of those without as there is room for."""
    key, task_hash = kind.key, TaskRow.hash
    after: ColumnElement[str] = bindparam("hash", type_=Text)
    backwards, room = kind.is_backwards, bindparam("limit", type_=BigInteger) + 1
    tasks: Select[*tuple[Any, ...]] = select(*SHOWN, key.label("key")).where(*_conditions(kind))
    begins = kind.start in {_Start.FIRST, _Start.OFFSET}
    if begins and not backwards:  # the index has tasks without a value last, too
        ordered = tasks.order_by(key, task_hash).limit(room)
        return ordered if kind.start == _Start.FIRST else ordered.offset(bindparam("offset", type_=BigInteger))
    unknown = tasks.where(key.is_(None)).order_by(*kind.in_order(task_hash))
    if kind.start == _Start.UNKNOWN:
        return unknown.where(task_hash < after if backwards else task_hash > after).limit(room)
    place, last = tuple_(key, task_hash), tuple_(bindparam("value", type_=key.type), after)
    valued = key.is_not(None)
    follows = valued if begins else place < last if backwards else place > last
    known = tasks.where(follows).order_by(*kind.in_order(key, task_hash)).limit(room)
    if kind.start == _Start.OFFSET:
        offset = bindparam("offset", type_=BigInteger)
        of_known = select(func.count()).where(*_conditions(kind), valued).scalar_subquery()
        known, unknown = known.offset(offset), unknown.offset(func.greatest(offset - of_known, literal_column("0")))
    found = known.cte("known")
    left = room - select(func.count()).select_from(found).scalar_subquery()
    return union_all(select(found), select(unknown.limit(left).subquery()))


@lru_cache(_KINDS)
def _count_of(kind: _Kind) -> PreparedStatement:
    return PreparedStatement(up_to_cap(select(TaskRow.hash).where(*_conditions(kind))))


def _field(sort: str) -> str:
    return _FIELDS[sort.removeprefix("-")]


def _position_of(run_id: str, cursor: str, sort: str) -> TaskPosition:
    position = _CURSORS.decode(cursor, of=_list_of(run_id))
    if position.order != sort or not fits_column(position.value, TaskRow.__table__.c[_field(sort)]):
        raise invalid_cursor()
    return position


def _list_of(run_id: str) -> str:
    return f"{run_id}/tasks"


def _total_in(summary: RunTaskSummary, filters: TaskFilter) -> Total:
    """The number of tasks that at most one filter leaves."""
    groups = summary.by_process if filters.process else summary.by_status
    name = filters.process or (filters.status.value if filters.status else None)
    return Total(sum(stats.count for group, stats in groups.items() if name in (None, group)), is_capped=False)


def _conditions(kind: _Kind) -> list[ColumnElement[bool]]:
    shown_id = func.replace(TaskRow.hash, "/", "-")  # as the API writes it
    conditions: list[ColumnElement[bool] | None] = [
        _OF_RUN,
        _has_status(kind.status) if kind.status else None,
        TaskRow.process == bindparam("process") if kind.by_process else None,
        contains(TaskRow.name) | contains(shown_id, "search_id") if kind.searches else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _has_status(status: TaskStatus) -> ColumnElement[bool]:
    if status == TaskStatus.FAILED:
        return TaskRow.is_failed  # as the index of failed tasks says it
    return TaskRow.status == literal_column(f"'{status}'")
