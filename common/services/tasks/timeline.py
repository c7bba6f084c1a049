"""The timeline of a run's tasks: counted by Postgres in one pass over them, whose cost grows with their number only.

Cached tasks are left out: their times belong to an earlier run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Text, bindparam, select, text

from common.domain.tasks.task import TaskStatus
from common.domain.tasks.timeline import Edge, EdgeCount, ProcessLane, lanes_from
from common.models.tasks import TaskRow
from common.services.postgres.json_text import json_lines, json_object, moment_of, value_of
from common.services.postgres.one_flush import begin_with

SINGLE_BELOW: Final = 2_000  # tasks, which are shown one by one as well

# Sorting 100,000 tasks in memory takes half of the time that it takes through files; 4 MB are usual.
_IN_MEMORY: Final = "SET LOCAL work_mem = '16MB'"

# GROUPING names the columns that a row does not group by, as bits from the left
_EDGES: Final = {0b0111: Edge.SUBMITTED, 0b1011: Edge.LEFT_QUEUE, 0b1101: Edge.STARTED, 0b1110: Edge.ENDED}
_COUNTS: Final = text("""
    WITH spans AS MATERIALIZED (
        SELECT process, submit_time AS submitted, start_time AS started,
            CASE WHEN submit_time IS NOT NULL THEN coalesce(start_time, end_time) END AS left_queue,
            CASE WHEN start_time IS NOT NULL THEN end_time END AS ended
        FROM tasks
        WHERE run_id = :run_id AND status <> 'CACHED' AND coalesce(submit_time, start_time) IS NOT NULL
    ), reach AS (
        SELECT count(*) AS tasks, min(least(submitted, started)) AS first,
            greatest(max(greatest(submitted, started, left_queue, ended)), cast(:until AS timestamptz)) AS last
        FROM spans
    ), scale AS (
        SELECT *, greatest(1, ceil((date_part('epoch', last - first) * 1000 + 1) / :bins)) AS width FROM reach
    ), binned AS (
        SELECT process,
            floor(date_part('epoch', submitted - first) * 1000 / width)::int AS submitted,
            floor(date_part('epoch', left_queue - first) * 1000 / width)::int AS left_queue,
            floor(date_part('epoch', started - first) * 1000 / width)::int AS started,
            floor(date_part('epoch', ended - first) * 1000 / width)::int AS ended
        FROM spans, scale
    ), counted AS (
        SELECT process, grouping(submitted, left_queue, started, ended) AS edge,
            coalesce(submitted, left_queue, started, ended) AS bin, count(*) AS tasks
        FROM binned
        GROUP BY GROUPING SETS ((process, submitted), (process, left_queue), (process, started), (process, ended))
    )
    SELECT tasks, first, last, width::bigint AS width, (
        SELECT json_agg(json_build_array(process, edge, bin, tasks)) FROM counted WHERE bin IS NOT NULL
    ) AS counts FROM scale
""")
_SPAN: Final = json_object(  # a TaskSpan
    {
        "task_id": value_of("replace(hash, '/', '-')"),
        **{name: value_of(name) for name in ("name", "process", "status")},
        **{name: moment_of(name) for name in ("submit_time", "start_time", "end_time")},
    }
)
_COLUMNS: Final = TaskRow.__table__.c
_SINGLE: Final = select(json_lines(_SPAN, _COLUMNS.submit_time, _COLUMNS.hash)).where(
    _COLUMNS.run_id == bindparam("run_id", type_=Text),
    _COLUMNS.status != TaskStatus.CACHED.value,
    (_COLUMNS.submit_time.is_not(None)) | (_COLUMNS.start_time.is_not(None)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTimeline:
    """The tasks that have times, counted in bins of `bin_ms` from `start` on.

    `lines` are the JSON of single tasks, one a line with commas between, as TaskSpan describes it; empty from
    SINGLE_BELOW tasks on.
    """

    tasks: int
    start: datetime | None
    end: datetime | None
    bin_ms: int
    lanes: Sequence[ProcessLane]
    lines: str


def task_timeline(connection: Connection, run_id: str, *, bins: int, until: datetime | None) -> TaskTimeline:
    """The timeline of a run; tasks that have not ended last `until` then, None for a run that is over.

    The statements have to be the first of their transaction.
    """
    begin_with(connection, _IN_MEMORY)
    found = connection.execute(_COUNTS, {"run_id": run_id, "bins": bins, "until": until}).one()
    counts = (EdgeCount(process, _EDGES[edge], number, tasks) for process, edge, number, tasks in found.counts or ())
    has_few = 0 < found.tasks < SINGLE_BELOW
    return TaskTimeline(
        tasks=found.tasks,
        start=found.first,
        end=found.last if found.first else None,
        bin_ms=found.width if found.first else 0,
        lanes=lanes_from(counts, bins=bins),
        lines=connection.execute(_SINGLE, {"run_id": run_id}).scalar_one() if has_few else "",
    )
