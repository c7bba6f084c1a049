"""What the tasks of a run cost one by one, the dearest first; they add up to their process, and that to the run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from common.domain.insight.cost.apportioning import over_one_denominator
from common.domain.insight.cost.run_cost import UNRATED, CostFigure, Rates, RunCost, cost_of_attempts
from common.domain.insight.cost.usage import Usage
from common.services.insight.cost.stays import STAYS
from common.services.paging import CursorCodec, Total, limit_search_time

# A task costs the sum of its microseconds times rates, over :denominator. `place` counts the tasks of a process by what
# is left of each: the first ones get a nano-dollar more, until they add up to the process.
_TASKS: Final = """
    WITH {stays}, rates AS (
        SELECT kind, numerator FROM json_to_recordset(:rates) AS rates (kind text, numerator numeric)
    ), attempts AS (
        SELECT hash, process, coalesce(kind_id::text, concat(cpus, '/', memory)) AS kind, began, released, ended,
            CASE WHEN released >= began THEN round(date_part('epoch', released - began) * 1000000)::bigint END
                AS microseconds
        FROM stays WHERE role = 'task' AND hash IS NOT NULL AND (CAST(:process AS text) IS NULL OR process = :process)
    ), costs AS (
        SELECT hash, process, coalesce(sum(microseconds * numerator), 0) AS exact
        FROM attempts LEFT JOIN rates USING (kind) GROUP BY hash, process
    ), ranked AS (
        SELECT hash, process, div(exact, :denominator)::bigint AS nanos, count(*) OVER () AS total,
            row_number() OVER (PARTITION BY process ORDER BY mod(exact, :denominator) DESC, hash) AS place,
            sum(div(exact, :denominator)) OVER (PARTITION BY process)::bigint AS nanos_of_process
        FROM costs
    ), shown AS (
        SELECT * FROM ranked
        WHERE CAST(:after_hash AS text) IS NULL OR (nanos, hash) < (CAST(:after_nanos AS bigint), :after_hash)
        ORDER BY nanos DESC, hash DESC LIMIT :at_most OFFSET :skipped
    )
    SELECT hash, process, nanos, place, nanos_of_process, total, jsonb_agg(jsonb_build_object(
        'kind', kind, 'began', began, 'released', released, 'ended', ended, 'microseconds', microseconds
    ) ORDER BY began, released) AS attempts, (
        SELECT name FROM tasks WHERE run_id = :run_id AND tasks.hash = shown.hash
    ) AS name
    FROM shown JOIN attempts USING (hash, process) GROUP BY hash, process, nanos, place, nanos_of_process, total
    ORDER BY nanos DESC, hash DESC
"""
_TASKS_OF: Final = text(_TASKS.format(stays=STAYS))


class TaskCostPosition(NamedTuple):
    """The position of a task in the list."""

    nanos: int
    hash: str


_CURSORS: Final = CursorCodec(TaskCostPosition)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCostFilter:
    """The tasks of a run, or of one of its processes. `cursor` takes precedence over `page`."""

    run_id: str
    process: str | None = None
    page: int = 1
    page_size: int = 25
    cursor: str | None = None

    @property
    def name(self) -> str:
        """The name of the list, for its cursors."""
        return f"costs of {self.run_id} {self.process or ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptCost:
    """An attempt on a machine; `ended` is a StayEnd, None if nobody saw the machine. What is None is not known."""

    machine_type: str | None
    zone: str | None
    spot: bool | None
    is_guess: bool
    began: datetime | None
    released: datetime | None
    ended: str | None
    nanos: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCost:
    """A task, which is one attempt for Nextflow, with its attempts on machines in their order."""

    hash: str
    name: str
    process: str
    cost: CostFigure
    attempts: Sequence[AttemptCost]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCostPage:
    """A page of tasks, the dearest first."""

    tasks: Sequence[TaskCost]
    total: Total
    next_cursor: str | None


class RatedKind(NamedTuple):
    """What a run had of one kind of machine, as it was summed up: `found` is the row, `rates` what it costs."""

    found: Mapping[str, Any]
    usage: Usage
    rates: Rates

    @property
    def key(self) -> str:
        """The machine's number in the database, or the request from which it was guessed."""
        kind, cpus, memory = (self.found.get(name) for name in ("kind", "cpus", "memory"))
        return str(kind) if kind is not None else f"{'' if cpus is None else cpus}/{'' if memory is None else memory}"


def task_page(
    connection: Connection, filters: TaskCostFilter, kinds: Sequence[RatedKind], cost: RunCost, *, at: datetime
) -> TaskCostPage:
    """A page of what tasks cost at the rates of `kinds`. Raises ValidationError for an invalid cursor."""
    after = _CURSORS.decode(filters.cursor, of=filters.name) if filters.cursor else None
    by_key = {kind.key: kind for kind in kinds}
    numerators, denominator = over_one_denominator([kind.rates.whole / 1_000_000 for kind in by_key.values()])
    rates = [{"kind": key, "numerator": each} for key, each in zip(by_key, numerators, strict=True)]
    asked = {
        "run_id": filters.run_id,
        "process": filters.process,
        "at": at,
        "rates": json.dumps(rates),
        "denominator": denominator,
        "after_nanos": after and after.nanos,
        "after_hash": after and after.hash,
        "skipped": 0 if after else (filters.page - 1) * filters.page_size,
        "at_most": filters.page_size + 1,
    }
    limit_search_time(connection)
    rows = connection.execute(_TASKS_OF, asked).all()
    shown = rows[: filters.page_size]
    of_process = {each.process: each.cost.nanos or 0 for each in cost.processes}
    last = TaskCostPosition(shown[-1].nanos, shown[-1].hash) if len(rows) > len(shown) else None
    return TaskCostPage(
        tasks=[_task_in(row, by_key, of_process.get(row.process, 0)) for row in shown],
        total=Total.capped(rows[0].total if rows else 0),
        next_cursor=_CURSORS.encode(last, of=filters.name) if last else None,
    )


def _task_in(row: Row[Any], kinds: Mapping[str, RatedKind], nanos_of_process: int) -> TaskCost:
    attempts = [_attempt_in(found, kinds) for found in row.attempts]
    left = nanos_of_process - row.nanos_of_process
    figure, nanos = cost_of_attempts([(usage, rates) for _, usage, rates in attempts], row.nanos + (row.place <= left))
    return TaskCost(
        hash=row.hash,
        name=row.name,
        process=row.process,
        cost=figure,
        attempts=[_shown(each, own) for each, own in zip(attempts, nanos, strict=True)],
    )


def _attempt_in(found: Mapping[str, Any], kinds: Mapping[str, RatedKind]) -> RatedKind:
    """One attempt with its machine, if that was summed up already."""
    kind = kinds.get(found["kind"])
    usage = Usage(
        machine=kind.usage.machine if kind else None,
        microseconds=found["microseconds"] or 0,
        undated=found["microseconds"] is None,
        losses=found["ended"] == "preempted",
    )
    zone = (kind.found.get("machine") or {}).get("zone") if kind else None
    return RatedKind({**found, "zone": zone}, usage, kind.rates if kind else UNRATED)


def _shown(attempt: RatedKind, nanos: int | None) -> AttemptCost:
    machine = attempt.usage.machine
    return AttemptCost(
        machine_type=machine.machine_type if machine else None,
        zone=attempt.found["zone"],
        spot=machine.spot if machine else None,
        is_guess=bool(machine and machine.is_guess),
        began=_moment(attempt.found["began"]),
        released=_moment(attempt.found["released"]),
        ended=attempt.found["ended"],
        nanos=nanos,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
