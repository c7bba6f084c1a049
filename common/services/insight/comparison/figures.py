"""Figures of the processes of runs, summed up by Postgres so that a run of 100,000 tasks costs no memory here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from common.domain.insight.comparison.processes import ProcessFigures
from common.domain.insight.comparison.values import ValueChange
from common.domain.runs.access import EVERYONE

EARLIER_RUNS: Final = 10
_FIGURES: Final = text("""
    WITH figures AS (
        SELECT process,
            count(*) FILTER (WHERE coalesce(attempt, 1) = 1) AS tasks,
            count(*) FILTER (WHERE is_failed) AS failed,
            count(*) FILTER (WHERE status = 'CACHED') AS cached,
            count(*) FILTER (WHERE attempt > 1) AS retried,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_ms) FILTER (WHERE status <> 'CACHED') AS duration_ms,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY date_part('epoch', start_time - submit_time) * 1000)
                FILTER (WHERE status <> 'CACHED') AS queue_ms,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY realtime_ms) FILTER (WHERE status <> 'CACHED') AS realtime_ms,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY memory_peak) AS memory_peak,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY read_bytes) AS read_bytes,
            max(memory) FILTER (WHERE coalesce(attempt, 1) = 1) AS memory,
            max(cpus) AS cpus,
            array_agg(DISTINCT request_id) AS request_ids
        FROM tasks WHERE run_id = :run_id GROUP BY process
    )
    SELECT process, tasks, failed, cached, retried, duration_ms, queue_ms, realtime_ms, memory_peak, read_bytes,
        memory, cpus, (
            SELECT array_agg(DISTINCT request ->> 'container' ORDER BY request ->> 'container') FROM task_requests
            WHERE id = ANY(request_ids) AND request ->> 'container' IS NOT NULL
        ) AS containers
    FROM figures
""")
# Two searches, as each has an index of its own.
_EARLIER: Final = text("""
    WITH readable AS (
        (SELECT run_id, created_at FROM runs
        WHERE user_email = :owner AND pipeline = :pipeline AND status = 'completed' AND created_at < :before
        ORDER BY created_at DESC LIMIT :at_most)
        UNION
        (SELECT run_id, created_at FROM runs
        WHERE shared_with && :readers AND pipeline = :pipeline AND status = 'completed' AND created_at < :before
        ORDER BY created_at DESC LIMIT :at_most)
    )
    SELECT run_id FROM readable ORDER BY created_at DESC, run_id DESC LIMIT :at_most
""")
_MEDIANS: Final = text("""
    SELECT process, (stats ->> 'p50_duration')::double precision AS duration_ms
    FROM task_summaries, jsonb_each(summary -> 'by_process') AS found (process, stats)
    WHERE run_id = ANY(:run_ids) AND stats ->> 'p50_duration' IS NOT NULL
""")

_REQUESTS: Final = text("""
    SELECT run_id, max(memory) AS memory, max(cpus) AS cpus, max((request ->> 'disk')::bigint) AS disk,
        max((request ->> 'time_ms')::bigint) AS time_ms, max(request ->> 'container') AS container
    FROM tasks LEFT JOIN task_requests ON task_requests.id = request_id
    WHERE run_id IN (:before, :after) AND coalesce(attempt, 1) = 1
        AND (process = :process OR right(process, length(:process) + 1) = ':' || :process)
    GROUP BY run_id
""")


def process_figures(connection: Connection, run_id: str) -> dict[str, ProcessFigures]:
    """The figures of each process of a run."""
    rows = connection.execute(_FIGURES, {"run_id": run_id}).mappings()
    return {
        row["process"]: ProcessFigures(
            **{name: value for name, value in row.items() if name not in {"process", "containers"}},
            containers=tuple(row["containers"] or ()),
        )
        for row in rows
    }


def earlier_successes(
    connection: Connection, *, pipeline: str, owner: str, reader: str, before: datetime, at_most: int = EARLIER_RUNS
) -> list[str]:
    """The ids of the newest completed runs of a pipeline that belong to `owner` or are shared with `reader`."""
    asked = {"pipeline": pipeline, "owner": owner, "before": before, "at_most": at_most}
    return list(connection.execute(_EARLIER, asked | {"readers": [reader, EVERYONE]}).scalars())


def median_durations(connection: Connection, run_ids: Sequence[str]) -> Mapping[str, Sequence[float]]:
    """The median durations in ms of each process in each of these runs."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in connection.execute(_MEDIANS, {"run_ids": list(run_ids)}):
        found[row.process].append(row.duration_ms)
    return found


def request_changes(connection: Connection, *, before: str, after: str, process: str) -> list[ValueChange]:
    """What first attempts of a process asked for differently in two runs; memory and disk in bytes, time in ms."""
    rows = connection.execute(_REQUESTS, {"before": before, "after": after, "process": process}).mappings()
    asked = {row["run_id"]: row for row in rows}
    if before not in asked or after not in asked:
        return []
    values = ((name, asked[before][name], asked[after][name]) for name in asked[before] if name != "run_id")
    return [ValueChange(name, *both) for name, *both in values if None not in both and both[0] != both[1]]
