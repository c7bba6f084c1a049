"""CostService: what runs cost, from the machines that Batch gave to their tasks."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine, text

from common.domain.insight.cost.run_cost import RunCost, priced
from common.domain.insight.cost.usage import Role
from common.services.insight.cost.listing import CostFilter, CostOfGroup, CostPage, cost_page
from common.services.insight.cost.prices import price_list_in
from common.services.insight.cost.sums import SummedRun, cost_by
from common.services.insight.cost.tasks import RatedKind, TaskCostFilter, TaskCostPage, task_page
from common.services.postgres.engine import read

_SUMS: Final = text("""
    SELECT coalesce(sums, '[]') AS sums, summed_at, created_at, batch_job_name, (
        SELECT count(*) FROM child_jobs WHERE child_jobs.run_id = runs.run_id AND state IS NULL
    ) AS unread, (
        SELECT json_agg(json_build_array(sku, region, spot, nanos, since)) FROM prices
        WHERE region = split_part(batch_job_name, '/', 4) OR region IN (
            SELECT usage -> 'machine' ->> 'region' FROM jsonb_array_elements(sums) AS usage
        )
    ) AS prices
    FROM runs LEFT JOIN run_costs USING (run_id) WHERE run_id = :run_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostNow:
    """What a run cost as far as it was summed up, None for never; Batch has not said yet what `unread_jobs` had."""

    cost: RunCost
    summed_at: datetime | None
    unread_jobs: int


class CostService:
    """Reads from Postgres. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def cost_of(self, run_id: str) -> CostNow:
        """What a run cost by the prices of the day on which it was made."""

        def find(connection: Connection) -> CostNow:
            found = connection.execute(_SUMS, {"run_id": run_id}).one()
            summed = SummedRun.of(found.sums, created_at=found.created_at, head=found.batch_job_name)
            cost = cost_by(price_list_in(found.prices), summed)
            return CostNow(cost=cost, summed_at=found.summed_at, unread_jobs=found.unread)

        return read(self._engine, find)

    def tasks_of(self, filters: TaskCostFilter, *, at: datetime) -> TaskCostPage:
        """A page of what the tasks of a run cost, as far as it was summed up. Raises ValidationError for a cursor."""

        def find(connection: Connection) -> TaskCostPage:
            found = connection.execute(_SUMS, {"run_id": filters.run_id}).one()
            summed = SummedRun.of(found.sums, created_at=found.created_at, head=found.batch_job_name)
            prices = price_list_in(found.prices)
            rated = priced(summed.usages, prices, on=summed.day, region=summed.region)
            kinds = [RatedKind(each, *usage) for each, usage in zip(found.sums, rated, strict=True)]
            tasks = [kind for kind in kinds if kind.usage.role == Role.TASK]
            return task_page(connection, filters, tasks, cost_by(prices, summed), at=at)

        return read(self._engine, find)

    def list_costs(self, filters: CostFilter) -> CostPage:
        """A page of what the runs of each group cost. Raises ValidationError for an invalid cursor."""
        return read(self._engine, partial(cost_page, filters=filters))

    def all_costs(self, filters: CostFilter, *, at_most: int) -> list[CostOfGroup]:
        """The first groups of all pages."""
        return self.list_costs(replace(filters, page=1, page_size=at_most, cursor=None)).groups
