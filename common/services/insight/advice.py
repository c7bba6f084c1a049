"""AdviceService: what the processes of a pipeline should ask for, from the runs that somebody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from common.domain.insight.cost.machine_types import smallest_machine
from common.domain.insight.cost.prices import SECONDS_PER_HOUR, PriceList, Rate
from common.domain.insight.sizing.advice import PricedMachine, ProcessAdvice, process_advice, version_family
from common.domain.insight.sizing.attempts import Attempt
from common.domain.insight.sizing.block import config_block
from common.domain.insight.sizing.memory import GIB
from common.domain.runs.access import EVERYONE, Caller
from common.services.insight.cost.prices import price_list
from common.services.paging import limit_search_time
from common.services.postgres.engine import read

# The newest runs, and of each the first attempts in the order of their hashes, which is a random one.
_RUNS: Final = 40
_ATTEMPTS: Final = 1_250
_SPOT_MODELS: Final = ("SPOT", "PREEMPTIBLE")

_CHOSEN: Final = """
    SELECT run_id, created_at, metrics, reused_work_dir FROM runs
    WHERE pipeline = :pipeline AND started_at IS NOT NULL AND {readable}
        AND (pipeline_version = :family OR starts_with(pipeline_version, cast(:family AS text) || '.'))
    ORDER BY created_at DESC LIMIT :runs
"""
_READ: Final = """
    WITH chosen AS MATERIALIZED (
        SELECT DISTINCT run_id, created_at, metrics, reused_work_dir FROM ({chosen}) AS readable
        ORDER BY created_at DESC, run_id LIMIT :runs
    ), attempts AS (
        SELECT process, json_build_array(
            chosen.run_id, coalesce(substring(reused_work_dir FROM 'run-[0-9a-f]{{8}}'), chosen.run_id), name, attempt,
            status = 'COMPLETED', exit_code, cpus, memory, memory_peak, cpu_percent, read_bytes, realtime_ms / 1000.0,
            coalesce(date_part('epoch', cast(:at AS timestamptz) - end_time) / 86400, 0),
            greatest(1, (metrics ->> 'total')::double precision / cast(:attempts AS double precision))
        ) AS attempt
        FROM chosen CROSS JOIN LATERAL (
            SELECT * FROM tasks WHERE tasks.run_id = chosen.run_id ORDER BY hash LIMIT :attempts
        ) AS read WHERE status IN ('COMPLETED', 'FAILED')
    )
    SELECT (SELECT count(*) FROM chosen) AS runs, (
        SELECT json_object_agg(process, found)
        FROM (SELECT process, json_agg(attempt) AS found FROM attempts GROUP BY process) AS grouped
    ) AS attempts, (
        SELECT machine FROM chosen CROSS JOIN LATERAL (
            SELECT kind_id FROM machine_stays WHERE machine_stays.run_id = chosen.run_id AND kind_id IS NOT NULL LIMIT 1
        ) AS seen JOIN machine_kinds ON machine_kinds.id = kind_id
        WHERE machine ->> 'region' IS NOT NULL ORDER BY created_at DESC LIMIT 1
    ) AS machine
"""
_OWN: Final = _CHOSEN.format(readable="user_email = :reader")
_SHARED: Final = _CHOSEN.format(readable="shared_with && :readers")
_OF_SOME: Final = text(_READ.format(chosen=f"({_OWN}) UNION ALL ({_SHARED})"))
_OF_ALL: Final = text(_READ.format(chosen=_CHOSEN.format(readable="true")))


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineAdvice:
    """Advice for every process of a family of releases, by name; `runs` were read.

    `config` is the block of a config that takes the advice, empty if there is nothing to change. `region` is where the
    machines are that the prices are for, None if no run had one.
    """

    family: str
    runs: int
    region: str | None
    processes: Sequence[ProcessAdvice]
    config: str


class AdviceService:
    """Reads from Postgres. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def advice(self, pipeline: str, version: str, caller: Caller, *, at: datetime) -> PipelineAdvice:
        """The advice from the newest runs of a pipeline that the caller may see, in releases like `version`."""
        family = version_family(version)
        return read(self._engine, partial(_advice, pipeline=pipeline, family=family, caller=caller, at=at))


def _advice(connection: Connection, *, pipeline: str, family: str, caller: Caller, at: datetime) -> PipelineAdvice:
    limit_search_time(connection)
    asked = {"pipeline": pipeline, "family": family, "at": at, "runs": _RUNS, "attempts": _ATTEMPTS}
    readers = {"reader": caller.email, "readers": [caller.email, EVERYONE]}
    found = connection.execute(_OF_ALL if caller.is_admin else _OF_SOME, asked | readers).one()
    machine: Mapping[str, Any] = found.machine or {}
    region = machine.get("region")
    buy = partial(
        _machine_for,
        prices=price_list(connection, [region] if region else []),
        region=region or "",
        spot=machine.get("model") in _SPOT_MODELS,
        on=at.date(),
    )
    processes = [
        process_advice(process, [Attempt(*attempt) for attempt in attempts], buy)
        for process, attempts in sorted((found.attempts or {}).items())
    ]
    about = f"Advice of Sluice for {pipeline} {family}, from the tasks of {found.runs} runs until {at.date()}"
    return PipelineAdvice(
        family=family,
        runs=found.runs,
        region=region,
        processes=processes,
        config=config_block(processes, about=about),
    )


def _machine_for(
    cpus: int, memory: int, *, prices: PriceList, region: str, spot: bool, on: date
) -> PricedMachine | None:
    """The machine that a request buys, as far as Batch's choice can be guessed, with its price."""
    machine_type = smallest_machine(cores=Fraction(cpus), gib=Fraction(memory, GIB))
    if machine_type is None:
        return None
    rate = prices.machine(machine_type, region, spot=spot, on=on)
    return PricedMachine(machine_type, round(rate.nanos * SECONDS_PER_HOUR) if isinstance(rate, Rate) else None)
