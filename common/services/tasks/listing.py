"""Lists of a run's tasks: filters, orders and keyset cursors, with an index for the usual orders (decision 7).

Tasks without a value come last in both directions. So a page reads two ranges: the tasks with a value, then those
without. Tasks with equal values are ordered by their hashes, in the same direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, tuple_

from common.domain.tasks.summary import RunTaskSummary
from common.domain.tasks.task import Task, TaskStatus
from common.models.tasks import SORTED_CHARACTERS, TaskRow, start_of
from common.services.ingest.task_rows import task_from
from common.services.paging import CursorCodec, Total, count_up_to_cap, fits_column, invalid_cursor, limit_search_time
from common.services.tasks.summaries import task_summary_of

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
TASK_ORDERS: Final = tuple(sign + name for name in _FIELDS for sign in ("", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Filters, order and page of a list of tasks; `sort` is one of TASK_ORDERS, descending with a `-` in front."""

    status: TaskStatus | None = None
    process: str | None = None
    search: str | None = None
    sort: str = "submit_time"
    cursor: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """A page of tasks, the number of matching tasks, and the summary of all tasks of the run."""

    tasks: Sequence[Task]
    total: Total
    next_cursor: str | None
    summary: RunTaskSummary


class TaskPosition(NamedTuple):
    """The position of a task in a list of tasks; `order` is one of TASK_ORDERS, `value` what it sorts by."""

    order: str
    value: str | int | float | datetime | None
    task_hash: str


_CURSORS: Final = CursorCodec(TaskPosition)


@dataclass(frozen=True, slots=True)
class _Order:
    """One of TASK_ORDERS."""

    name: str

    @property
    def is_backwards(self) -> bool:
        return self.name.startswith("-")

    @property
    def field(self) -> str:
        return _FIELDS[self.name.removeprefix("-")]

    @property
    def key(self) -> ColumnElement[Any]:
        """What this order sorts by, and an index of it contains."""
        column: ColumnElement[Any] = TaskRow.__table__.c[self.field]
        return start_of(column) if self.field in {"name", "process"} else column

    def value_of(self, task: Task) -> Any:  # noqa: ANN401 any type of a column
        value = getattr(task, self.field)
        return value[:SORTED_CHARACTERS] if isinstance(value, str) else value


def task_page(connection: Connection, run_id: str, filters: TaskFilter) -> TaskPage:
    """A page of a run's tasks.

    Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
    """
    order = _Order(filters.sort)
    ranges = _ranges_from(run_id, order, filters.cursor)
    if filters.search:  # no index helps
        limit_search_time(connection)
    conditions = _conditions(run_id, filters)
    found: list[Row[Any]] = []
    for range_ in ranges:
        found += _rows(connection, [*conditions, range_], order, at_most=filters.limit + 1 - len(found))
    tasks = [task_from(row) for row in found[: filters.limit]]
    summary = task_summary_of(connection, run_id)
    is_whole_list = filters.cursor is None and len(found) <= filters.limit
    return TaskPage(
        tasks=tasks,
        total=Total(len(tasks), is_capped=False) if is_whole_list else _total(connection, conditions, filters, summary),
        next_cursor=_cursor_after(run_id, tasks[-1], order) if len(found) > filters.limit else None,
        summary=summary,
    )


def _rows(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], order: _Order, *, at_most: int
) -> Sequence[Row[Any]]:
    if not at_most:
        return []
    keys = [key.desc() if order.is_backwards else key for key in (order.key, TaskRow.hash)]
    return connection.execute(select(TaskRow.__table__).where(*conditions).order_by(*keys).limit(at_most)).all()


def _ranges_from(run_id: str, order: _Order, cursor: str | None) -> list[ColumnElement[bool]]:
    """The two ranges of the index, from the cursor on."""
    key, unknown = order.key, order.key.is_(None)
    if cursor is None:
        return [key.is_not(None), unknown]
    _, value, task_hash = _position_of(run_id, cursor, order)
    if value is None:
        return [and_(unknown, TaskRow.hash < task_hash if order.is_backwards else TaskRow.hash > task_hash)]
    place = tuple_(key, TaskRow.hash)
    return [place < (value, task_hash) if order.is_backwards else place > (value, task_hash), unknown]


def _cursor_after(run_id: str, task: Task, order: _Order) -> str:
    position = TaskPosition(order.name, order.value_of(task), task.hash)
    return _CURSORS.encode(position, of=_list_of(run_id))


def _position_of(run_id: str, cursor: str, order: _Order) -> TaskPosition:
    position = _CURSORS.decode(cursor, of=_list_of(run_id))
    if position.order != order.name or not fits_column(position.value, TaskRow.__table__.c[order.field]):
        raise invalid_cursor()
    return position


def _list_of(run_id: str) -> str:
    return f"{run_id}/tasks"


def _total(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], filters: TaskFilter, summary: RunTaskSummary
) -> Total:
    """The number of matching tasks: from the summary, unless filters are combined."""
    if filters.search or (filters.status and filters.process):
        return count_up_to_cap(connection, select(TaskRow.hash).where(*conditions))
    groups = summary.by_process if filters.process else summary.by_status
    name = filters.process or (filters.status.value if filters.status else None)
    return Total(sum(stats.count for group, stats in groups.items() if name in (None, group)), is_capped=False)


def _conditions(run_id: str, filters: TaskFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool] | None] = [
        TaskRow.run_id == run_id,
        TaskRow.status == filters.status.value if filters.status else None,
        TaskRow.process == filters.process if filters.process else None,
        _contains(filters.search) if filters.search else None,
    ]
    return [condition for condition in conditions if condition is not None]


def _contains(part: str) -> ColumnElement[bool]:
    """Whether the name or the hash contains `part`; the API writes hashes with `-` for `/`."""
    in_name = TaskRow.name.icontains(part, autoescape=True)
    shown = func.replace(TaskRow.hash, "/", "-")
    return or_(in_name, shown.icontains(part.replace("/", "-"), autoescape=True))
