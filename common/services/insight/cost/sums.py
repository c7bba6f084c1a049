"""CostSums: the machine time of runs, summed up when machines are stored.

A run of 100,000 tasks is summed up in one statement, which takes a fraction of what it takes to read a hundred jobs
from Batch. So all of it is summed up each time, and the sums are always those of the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import Connection, Engine, text, update

from common.domain.insight.cost.prices import PriceList
from common.domain.insight.cost.run_cost import RunCost, cost_of_run
from common.domain.insight.cost.usage import Usage
from common.models.insight.costs import RunCostRow
from common.services.insight.cost.prices import price_list
from common.services.insight.cost.stays import STAYS

# Whoever sums up a run holds its row. Another one waits before it looks at machines, and not with what it has seen.
_HOLD: Final = text("""
    INSERT INTO run_costs (run_id, sums, summed_at) SELECT run_id, '[]', :at FROM runs WHERE run_id = :run_id
    ON CONFLICT (run_id) DO UPDATE SET summed_at = excluded.summed_at
""")
_SUM: Final = """
    WITH {stays}, saved AS (
        SELECT cached.process, kind_id, CASE WHEN kind_id IS NULL THEN cpus END AS cpus,
            CASE WHEN kind_id IS NULL THEN memory END AS memory, assigned_at, released_at
        FROM (
            SELECT coalesce(split_part(native_id, '/', 1) || '/' || split_part(native_id, '/', 2), hash) AS job_task,
                min(process) AS process, max(cpus) AS cpus, max(memory) AS memory
            FROM tasks WHERE run_id = :run_id AND status = 'CACHED' GROUP BY 1
        ) AS cached LEFT JOIN (
            SELECT job_task, kind_id, assigned_at, released_at
            FROM run JOIN runs ON runs.session_id = run.session_id AND runs.run_id <> run.run_id
            JOIN machine_stays ON machine_stays.run_id = runs.run_id
        ) AS earlier USING (job_task)
    ), groups AS (
        SELECT role, process, kind_id, cpus, memory, count(*) AS attempts,
            coalesce(sum(round(date_part('epoch', released - began) * 1000000)::bigint)
                FILTER (WHERE released >= began), 0) AS microseconds,
            count(*) FILTER (WHERE (released >= began) IS NOT TRUE) AS undated,
            count(*) FILTER (WHERE ended = 'preempted') AS losses
        FROM (
            SELECT role, process, kind_id, cpus, memory, began, released, ended FROM stays
            UNION ALL SELECT 'saved', process, kind_id, cpus, memory, assigned_at, released_at, NULL FROM saved
        ) AS paid GROUP BY role, process, kind_id, cpus, memory
    ), sums AS (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'role', role, 'process', process, 'kind', kind_id, 'machine', machine, 'cpus', cpus, 'memory', memory,
            'attempts', attempts, 'microseconds', microseconds, 'undated', undated, 'losses', losses
        ) ORDER BY role, process, kind_id), '[]') AS sums
        FROM groups LEFT JOIN machine_kinds ON machine_kinds.id = kind_id
    )
    UPDATE run_costs SET sums = sums.sums FROM sums WHERE run_id = :run_id
    RETURNING run_costs.sums, (
        SELECT json_build_object('created_at', created_at, 'batch_job_name', batch_job_name) FROM runs
        WHERE runs.run_id = run_costs.run_id
    ) AS run
"""
_SUM_UP: Final = text(_SUM.format(stays=STAYS))
_PRICED_AT_ONCE: Final = 500  # runs
_PRICED_AGAIN: Final = text("""
    SELECT run_id, sums, created_at, batch_job_name FROM run_costs JOIN runs USING (run_id)
    WHERE NOT is_complete OR created_at >= :since ORDER BY created_at DESC LIMIT :most FOR UPDATE OF run_costs
""")


_NOT_SUMMED: Final = text("""
    SELECT run_id FROM runs
    WHERE coalesce(completed_at, failed_at, cancelled_at) IS NOT NULL
        AND NOT EXISTS (SELECT FROM run_costs WHERE run_costs.run_id = runs.run_id)
        AND EXISTS (SELECT FROM child_jobs WHERE child_jobs.run_id = runs.run_id AND ended IS NOT NULL)
    ORDER BY created_at DESC LIMIT :most
""")
_SUMMED_AT_ONCE: Final = 100  # runs; one of 100,000 tasks takes half a second


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedRun:
    """The usages of a run, the day whose prices hold for it, and the region in which its head job was made."""

    usages: Sequence[Usage]
    day: date
    region: str | None

    @classmethod
    def of(cls, sums: Iterable[Mapping[str, Any]], *, created_at: datetime, head: str | None) -> "SummedRun":
        """`head` is the full name of the head job, projects/P/locations/REGION/jobs/J."""
        region = (head or "").partition("/locations/")[2].partition("/")[0]
        day = created_at.astimezone(UTC).date()
        return cls(usages=[Usage.from_json(each) for each in sums], day=day, region=region or None)

    @property
    def regions(self) -> set[str]:
        found = {usage.machine.region for usage in self.usages if usage.machine and usage.machine.region}
        return found | ({self.region} if self.region else set())


class CostSums:
    """Writes `run_costs`. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sum_up(self, run_id: str, *, at: datetime) -> None:
        """Sum up the machine time of a run, and what it cost by the prices that are known now."""
        with self._engine.begin() as connection:
            asked = {"run_id": run_id, "at": at}
            if not connection.execute(_HOLD, asked).rowcount:  # there is no such run
                return
            found = connection.execute(_SUM_UP, asked).one()
            created_at = datetime.fromisoformat(found.run["created_at"])
            _price(
                connection, run_id, SummedRun.of(found.sums, created_at=created_at, head=found.run["batch_job_name"])
            )

    def sum_up_old(self, *, at: datetime) -> int:
        """Sum up the newest runs that ended before costs were kept, if machines of theirs are; returns their number."""
        with self._engine.connect() as connection:
            old = connection.execute(_NOT_SUMMED, {"most": _SUMMED_AT_ONCE}).scalars().all()
        for run_id in old:
            self.sum_up(run_id, at=at)
        return len(old)

    def price_again(self, *, since: date) -> int:
        """Compute again the cost of the newest runs of which something was not known, and of all made `since` a day.

        The prices that have come into force on that day are theirs. Returns the number of runs.
        """
        asked = {"most": _PRICED_AT_ONCE, "since": datetime.combine(since, time(), UTC)}
        with self._engine.begin() as connection:
            found = connection.execute(_PRICED_AGAIN, asked).all()
            for run_id, sums, created_at, head in found:
                _price(connection, run_id, SummedRun.of(sums, created_at=created_at, head=head))
        return len(found)


def _price(connection: Connection, run_id: str, summed: SummedRun) -> None:
    """Store what a run cost, for lists of runs."""
    found = cost_by(price_list(connection, summed.regions), summed)
    values = {
        "nanos": found.total.nanos,
        "saved_nanos": found.saved.nanos,
        "basis": found.total.basis.value,
        "is_complete": found.total.is_complete,
    }
    connection.execute(update(RunCostRow).where(RunCostRow.run_id == run_id).values(values))


def cost_by(prices: PriceList, summed: SummedRun) -> RunCost:
    """The cost of a run by the prices of its day."""
    return cost_of_run(summed.usages, prices, on=summed.day, region=summed.region)
