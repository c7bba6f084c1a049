"""How much of what the tasks of a run asked for they used."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, text

from common.services.paging import limit_search_time
from common.services.postgres.engine import read

# Cached tasks used an earlier run's machines. CPU is in percent of one core, so all cores of a task are 100 * cpus.
_READ: Final = text("""
    SELECT process, count(*) AS tasks, max(cpus) AS cpus, min(memory) AS memory,
        percentile_cont(array[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY cpu_percent / (100.0 * nullif(cpus, 0))) AS cpu,
        percentile_cont(array[0.25, 0.5, 0.75])
            WITHIN GROUP (ORDER BY memory_peak::double precision / nullif(memory, 0)) AS memory_used
    FROM tasks WHERE run_id = :run_id AND status = 'COMPLETED' GROUP BY process ORDER BY process
""")


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Of a share of what was asked for; more than 1 is possible for CPUs, as a task may use its whole machine."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEfficiency:
    """The completed tasks of one process: their CPUs, the memory of a first attempt, and the shares that they used.

    None if unknown. A retry has more memory than a first attempt.
    """

    process: str
    tasks: int
    cpus: int | None
    memory: int | None
    cpu: Quartiles | None
    memory_used: Quartiles | None


class EfficiencyService:
    """Reads from Postgres. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_run(self, run_id: str) -> list[ProcessEfficiency]:
        """The efficiency of each process of a run, by name."""

        def read_all(connection: Connection) -> Sequence[Row[Any]]:
            limit_search_time(connection)
            return connection.execute(_READ, {"run_id": run_id}).all()

        return [
            ProcessEfficiency(
                process=row.process,
                tasks=row.tasks,
                cpus=row.cpus,
                memory=row.memory,
                cpu=_quartiles(row.cpu),
                memory_used=_quartiles(row.memory_used),
            )
            for row in read(self._engine, read_all)
        ]


def _quartiles(found: Sequence[float | None] | None) -> Quartiles | None:
    if not found or found[0] is None or found[1] is None or found[2] is None:
        return None
    return Quartiles(found[0], found[1], found[2])
