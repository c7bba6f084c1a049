"""CostService: what runs cost, from the machines that Batch gave to their tasks."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, text

from common.services.postgres.engine import read

_MACHINE_TIME: Final = text("""
    SELECT count(*) FILTER (WHERE state IS NOT NULL) AS jobs, count(*) FILTER (WHERE state IS NULL) AS unread_jobs,
        coalesce(sum(
            (SELECT sum(seconds::double precision) FROM jsonb_each_text(zone_seconds) AS spent (zone, seconds))
        ), 0) AS machine_seconds,
        coalesce(sum(spot_losses), 0) AS spot_losses
    FROM child_jobs WHERE run_id = :run_id AND state IS DISTINCT FROM 'FOREIGN'
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTime:
    """How long the jobs of a run had machines; unread jobs are counted only."""

    jobs: int
    unread_jobs: int
    machine_seconds: float
    spot_losses: int


class CostService:
    """Reads from Postgres. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def machine_time(self, run_id: str) -> MachineTime:
        """How long the tasks of a run had machines."""
        found = read(self._engine, lambda connection: connection.execute(_MACHINE_TIME, {"run_id": run_id}).one())
        return MachineTime(**found._mapping)  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping
