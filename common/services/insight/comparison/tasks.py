"""Tasks that differ between two runs, paired by Postgres: the process, the tag, and their number among equal ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

MOST_SHOWN: Final = 500

# The last attempt of a task stands for it. A cached task has completed, in an earlier run.
_SIDE: Final = """
    CASE WHEN ({side}).hash IS NOT NULL THEN jsonb_build_object(
        'task_id', replace(({side}).hash, '/', '-'), 'name', ({side}).name, 'state', ({side}).state,
        'exit_code', ({side}).exit_code, 'attempts', ({side}).attempts, 'cpus', ({side}).cpus,
        'memory', ({side}).memory, 'queue_ms', ({side}).queue_ms, 'realtime_ms', ({side}).realtime_ms,
        'machine_type', {side}_kind.machine ->> 'type', 'disk', {side}_request -> 'disk',
        'time_ms', {side}_request -> 'time_ms', 'container', {side}_request ->> 'container'
    ) END AS {side}
"""
_DIFFERENT_TASKS: Final = """
    WITH attempts AS MATERIALIZED (
        SELECT is_after, process, coalesce(tag, '') AS tag, name, hash,
            CASE WHEN status = 'CACHED' THEN 'COMPLETED' ELSE status END AS state,
            exit_code, memory, cpus, request_id, realtime_ms, native_id, coalesce(attempt, 1) AS attempt,
            (date_part('epoch', start_time - submit_time) * 1000)::bigint AS queue_ms,
            row_number() OVER (
                PARTITION BY is_after, process, tag, coalesce(attempt, 1) ORDER BY task_id NULLS LAST, hash
            ) AS ordinal
        FROM (VALUES (false, :before), (true, :after)) AS sides (is_after, run_id) JOIN tasks USING (run_id)
    ), last_attempts AS (
        SELECT DISTINCT ON (is_after, process, tag, ordinal) *,
            count(*) OVER (PARTITION BY is_after, process, tag, ordinal) AS attempts
        FROM attempts ORDER BY is_after, process, tag, ordinal, attempt DESC
    ), pairs AS (
        SELECT process, tag, ordinal, b AS first, a AS second, b.request_id <> a.request_id AS asked_differently,
            (b.state, b.attempts) IS DISTINCT FROM (a.state, a.attempts) OR coalesce(
                b.exit_code <> a.exit_code, false
            ) OR coalesce(b.memory <> a.memory, false) OR coalesce(b.cpus <> a.cpus, false) AS is_different
        FROM (SELECT * FROM last_attempts WHERE NOT is_after) b
        FULL JOIN (SELECT * FROM last_attempts WHERE is_after) a USING (process, tag, ordinal)
    ), shown AS (
        SELECT pairs.*, before.request AS first_request, after.request AS second_request, count(*) OVER () AS total
        FROM pairs
        LEFT JOIN task_requests before ON before.id = (first).request_id
        LEFT JOIN task_requests after ON after.id = (second).request_id
        WHERE is_different OR (asked_differently AND EXISTS (
            SELECT FROM jsonb_each(jsonb_strip_nulls(before.request)) old
            JOIN jsonb_each(after.request) new USING (key) WHERE old.value <> nullif(new.value, 'null')
        ))
        ORDER BY process, tag, ordinal LIMIT :at_most
    )
    SELECT process, nullif(tag, '') AS tag, ordinal, total, {sides} FROM shown
    LEFT JOIN child_jobs first_job
        ON first_job.run_id = :before AND first_job.job_id = split_part((first).native_id, '/', 1)
    LEFT JOIN child_jobs second_job
        ON second_job.run_id = :after AND second_job.job_id = split_part((second).native_id, '/', 1)
    LEFT JOIN machine_kinds first_kind ON first_kind.id = first_job.kind_id
    LEFT JOIN machine_kinds second_kind ON second_kind.id = second_job.kind_id
    ORDER BY process, tag, ordinal
    """
_DIFFERENT: Final = text(
    _DIFFERENT_TASKS.replace("{sides}", ", ".join(_SIDE.replace("{side}", side) for side in ("first", "second")))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSide:
    """A task in one of the runs, as its last attempt left it; times in ms, memory and disk in bytes."""

    task_id: str
    name: str
    state: str
    exit_code: int | None
    attempts: int
    cpus: int | None
    memory: int | None
    disk: int | None
    time_ms: int | None
    container: str | None
    queue_ms: int | None
    realtime_ms: int | None
    machine_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDifference:
    """A task of one process and tag that differs, or that only one run has; `ordinal` counts equal ones from 1."""

    process: str
    tag: str | None
    ordinal: int
    before: TaskSide | None
    after: TaskSide | None

    @property
    def fields(self) -> list[str]:
        """The names of what differs; empty if only one run has the task. What is unknown in a run does not differ."""
        if self.before is None or self.after is None:
            return []
        values = ((name, getattr(self.before, name), getattr(self.after, name)) for name in _COMPARED)
        return [name for name, first, second in values if None not in (first, second) and first != second]


_COMPARED: Final = ("state", "exit_code", "attempts", "cpus", "memory", "disk", "time_ms", "container")


@dataclass(frozen=True, slots=True)
class TaskDifferences:
    """How many tasks differ, and the first MOST_SHOWN of them."""

    total: int
    tasks: Sequence[TaskDifference]


def task_differences(connection: Connection, before: str, after: str) -> TaskDifferences:
    """The tasks that differ between two runs; times and machines alone are no difference."""
    rows = connection.execute(_DIFFERENT, {"before": before, "after": after, "at_most": MOST_SHOWN}).all()
    return TaskDifferences(rows[0].total if rows else 0, tuple(map(_difference_in, rows)))


def _difference_in(row: Row[Any]) -> TaskDifference:
    return TaskDifference(
        process=row.process, tag=row.tag, ordinal=row.ordinal, before=_side(row.first), after=_side(row.second)
    )


def _side(found: dict[str, Any] | None) -> TaskSide | None:
    return TaskSide(**found) if found else None
