"""Tasks that differ between two runs, paired by Postgres: the process, the tag, and their number among equal ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

MOST_SHOWN: Final = 500

_STATE: Final = "CASE status WHEN 'CACHED' THEN 'COMPLETED' ELSE status END"  # it has completed, in an earlier run
# Sub-selects, so that the few tasks that are shown are looked up by their keys, however many the planner expects: it
# knows nothing yet of a run that has just ended.
_SIDE: Final = """
    (
        SELECT jsonb_build_object(
            'task_id', replace(hash, '/', '-'), 'name', name, 'state', {state}, 'exit_code', exit_code,
            'attempts', {side}_attempts, 'cpus', cpus, 'memory', memory, 'realtime_ms', realtime_ms,
            'queue_ms', (date_part('epoch', start_time - submit_time) * 1000)::bigint,
            'disk', {side}_request -> 'disk', 'time_ms', {side}_request -> 'time_ms',
            'container', {side}_request ->> 'container', 'machine_type', (
                SELECT machine ->> 'type' FROM child_jobs JOIN machine_kinds ON machine_kinds.id = kind_id
                WHERE run_id = {run_id} AND job_id = split_part(native_id, '/', 1)
            )
        ) FROM tasks WHERE run_id = {run_id} AND hash = {side}
    ) AS {side}
"""
_SIDES: Final = (
    _SIDE.format(side="first", run_id=":before", state=_STATE),
    _SIDE.format(side="second", run_id=":after", state=_STATE),
)
# Most processes have one task of each tag, and it had one attempt: such tasks are compared while they are grouped. Only
# where there are more of a name they are sorted and numbered, and the last attempt of a task stands for it: as many
# failed attempts are left out as there are next ones. Which of the tasks of one name failed is the same to all.
_DIFFERENT_TASKS: Final = """
    WITH names AS MATERIALIZED (
        SELECT process, coalesce(tag, '') AS tag,
            min(hash) FILTER (WHERE run_id = :before) AS first, min(hash) FILTER (WHERE run_id = :after) AS second,
            count(*) FILTER (WHERE run_id = :before) AS first_attempts,
            count(*) FILTER (WHERE run_id = :after) AS second_attempts,
            min(request_id) FILTER (WHERE run_id = :before) AS first_asked,
            min(request_id) FILTER (WHERE run_id = :after) AS second_asked,
            min({state}) <> max({state}) OR coalesce(min(exit_code) <> max(exit_code), false)
                OR coalesce(min(memory) <> max(memory), false)
                OR coalesce(min(cpus) <> max(cpus), false) AS is_different
        FROM tasks WHERE run_id IN (:before, :after) GROUP BY process, coalesce(tag, '')
    ), attempts AS MATERIALIZED (
        SELECT is_after, process, coalesce(tag, '') AS tag, hash, {state} AS state,
            exit_code, memory, cpus, request_id, task_id, coalesce(attempt, 1) AS attempts, row_number() OVER (
                PARTITION BY is_after, process, tag, coalesce(attempt, 1), status ORDER BY task_id NULLS LAST, hash
            ) AS place, count(*) OVER (
                PARTITION BY is_after, process, tag
                ORDER BY coalesce(attempt, 1) RANGE BETWEEN 1 FOLLOWING AND 1 FOLLOWING
            ) AS next_attempts
        FROM (VALUES (false, :before), (true, :after)) AS sides (is_after, run_id) JOIN tasks USING (run_id)
        WHERE (process, coalesce(tag, '')) IN (
            SELECT process, tag FROM names WHERE greatest(first_attempts, second_attempts) > 1
        )
    ), last_attempts AS (
        SELECT *, row_number() OVER (
            PARTITION BY is_after, process, tag ORDER BY task_id NULLS LAST, hash
        ) AS ordinal
        FROM attempts WHERE state <> 'FAILED' OR place > next_attempts
    ), pairs AS (
        SELECT process, tag, 1 AS ordinal, first, first_attempts, first_asked, second, second_attempts, second_asked,
            first_attempts <> second_attempts OR is_different AS is_different
        FROM names WHERE greatest(first_attempts, second_attempts) = 1
        UNION ALL
        SELECT process, tag, ordinal, b.hash, b.attempts, b.request_id, a.hash, a.attempts, a.request_id,
            (b.state, b.attempts) IS DISTINCT FROM (a.state, a.attempts) OR coalesce(
                b.exit_code <> a.exit_code, false
            ) OR coalesce(b.memory <> a.memory, false) OR coalesce(b.cpus <> a.cpus, false)
        FROM (SELECT * FROM last_attempts WHERE NOT is_after) b
        FULL JOIN (SELECT * FROM last_attempts WHERE is_after) a USING (process, tag, ordinal)
    ), shown AS (
        SELECT pairs.*, before.request AS first_request, after.request AS second_request, count(*) OVER () AS total
        FROM pairs
        LEFT JOIN task_requests before ON before.id = first_asked
        LEFT JOIN task_requests after ON after.id = second_asked
        WHERE is_different OR (first_asked <> second_asked AND EXISTS (
            SELECT FROM jsonb_each(jsonb_strip_nulls(before.request)) old
            JOIN jsonb_each(after.request) new USING (key) WHERE old.value <> nullif(new.value, 'null')
        ))
        ORDER BY process, tag, ordinal LIMIT :at_most
    )
    SELECT process, nullif(tag, '') AS tag, ordinal, total, {sides} FROM shown
    ORDER BY process, tag, ordinal
"""
_DIFFERENT: Final = text(_DIFFERENT_TASKS.format(state=_STATE, sides=", ".join(_SIDES)))


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
