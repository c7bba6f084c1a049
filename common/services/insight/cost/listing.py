"""What the runs of each pipeline, user or month cost, from the cost that is kept for each run."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, literal_column, select, tuple_

from common.models.database import MOMENT
from common.models.insight.costs import RunCostRow
from common.models.runs import RunRow
from common.services.paging import CursorCodec, Total, limit_search_time


class CostsBy(StrEnum):
    """What costs are added up by."""

    PIPELINE = "pipeline"
    USER = "user"
    MONTH = "month"


class CostPosition(NamedTuple):
    """The position of a group in a list of costs."""

    nanos: int
    key: str


class CostOfGroup(NamedTuple):
    """A row of the list; the fields are those of GroupCost."""

    key: str
    runs: int
    nano_dollars: int
    saved_nano_dollars: int
    incomplete_runs: int
    runs_without_cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFilter:
    """Whose runs are added up, and by what; `owner` None means all owners. `cursor` takes precedence over `page`."""

    by: CostsBy
    owner: str | None
    pipeline: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    page: int = 1
    page_size: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPage:
    """A page of groups."""

    groups: list[CostOfGroup]
    total: Total
    next_cursor: str | None


_CURSORS: Final = CursorCodec(CostPosition)
_KEYS: Final[dict[CostsBy, ColumnElement[str]]] = {
    CostsBy.PIPELINE: RunRow.__table__.c.pipeline,
    CostsBy.USER: RunRow.__table__.c.user_email,
    CostsBy.MONTH: func.to_char(func.timezone(literal_column("'UTC'"), RunRow.created_at), literal_column("'YYYY-MM'")),
}


def cost_page(connection: Connection, filters: CostFilter) -> CostPage:
    """A page of costs. Raises ValidationError for an invalid cursor, and UnavailableError when it takes too long."""
    limit_search_time(connection)  # every run that passes the filters is read
    groups = _groups(filters).cte("groups").prefix_with("MATERIALIZED")
    order = _order(filters, groups.c)
    page = select(groups, select(func.count()).select_from(groups).scalar_subquery().label("total"))
    if filters.cursor:
        after = _CURSORS.decode(filters.cursor, of=_list_of(filters))
        value: Any = after.key if filters.by == CostsBy.MONTH else tuple_(after.nanos, after.key)
        page = page.where(_place(filters, groups.c) < value)
    else:
        page = page.offset((filters.page - 1) * filters.page_size)
    rows = connection.execute(page.order_by(*order).limit(filters.page_size + 1)).all()
    found = [CostOfGroup(*row[:-1]) for row in rows[: filters.page_size]]
    total = rows[0].total if rows else connection.execute(select(func.count()).select_from(groups)).scalar_one()
    last = CostPosition(found[-1].nano_dollars, found[-1].key) if len(rows) > len(found) else None
    return CostPage(
        groups=found,
        total=Total.capped(total),
        next_cursor=_CURSORS.encode(last, of=_list_of(filters)) if last else None,
    )


def _groups(filters: CostFilter) -> Select[Any]:
    """One row for each group, as CostOfGroup has them."""
    key, nanos = _KEYS[filters.by], RunCostRow.__table__.c.nanos
    given = [
        condition
        for value, condition in (
            (filters.owner, RunRow.user_email == bindparam("owner", filters.owner)),
            (filters.pipeline, RunRow.pipeline == bindparam("pipeline", filters.pipeline)),
            (filters.created_after, RunRow.created_at > bindparam("after", filters.created_after, type_=MOMENT)),
            (filters.created_before, RunRow.created_at < bindparam("before", filters.created_before, type_=MOMENT)),
        )
        if value is not None
    ]
    runs = RunRow.__table__.outerjoin(RunCostRow.__table__, RunCostRow.run_id == RunRow.run_id)
    is_too_low = nanos.is_not(None) & ~RunCostRow.is_complete
    return (
        select(
            key.label("key"),
            func.count().label("runs"),
            func.coalesce(func.sum(nanos), 0).cast(nanos.type).label("nano_dollars"),
            func.coalesce(func.sum(RunCostRow.saved_nanos), 0).cast(nanos.type).label("saved_nano_dollars"),
            func.count(case((is_too_low, 1))).label("incomplete_runs"),
            func.count(case((nanos.is_(None), 1))).label("runs_without_cost"),
        )
        .select_from(runs)
        .where(*given)
        .group_by(key)
    )


def _place(filters: CostFilter, columns: Any) -> ColumnElement[Any]:  # noqa: ANN401 those of the groups
    return columns.key if filters.by == CostsBy.MONTH else tuple_(columns.nano_dollars, columns.key)


def _order(filters: CostFilter, columns: Any) -> list[ColumnElement[Any]]:  # noqa: ANN401 the same
    keys = [columns.key] if filters.by == CostsBy.MONTH else [columns.nano_dollars, columns.key]
    return [key.desc() for key in keys]


def _list_of(filters: CostFilter) -> str:
    return f"costs/{filters.by}"
