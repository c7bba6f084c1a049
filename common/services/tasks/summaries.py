"""Summaries of the tasks of runs: computed when tasks change, so that pages of tasks only read them (decision 7)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Connection, Double, Numeric, Row, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.progress import TaskTotals
from common.domain.tasks.summary import AttemptStats, RunTaskSummary
from common.domain.tasks.task import TaskStatus
from common.models.task_summaries import TaskSummaryRow
from common.models.tasks import TaskRow


def sum_up_tasks(connection: Connection, run_id: str) -> TaskTotals:
    """Summarize all tasks of a run and store the summary; returns their totals."""
    groups = connection.execute(_groups_of(run_id)).all()
    of_statuses = [group for group in groups if group.status is not None]
    if groups:
        _store(
            connection,
            run_id,
            RunTaskSummary(
                by_status={group.status: _stats_in(group) for group in of_statuses},
                by_process={group.process: _stats_in(group) for group in groups if group.process is not None},
            ),
        )
    return _totals_in(of_statuses)


def task_summary_of(connection: Connection, run_id: str) -> RunTaskSummary:
    """The stored summary of a run; empty when there is none."""
    stored = select(TaskSummaryRow.summary).where(TaskSummaryRow.run_id == run_id)
    value = connection.execute(stored).scalar_one_or_none()
    return RunTaskSummary.from_json(value) if value else RunTaskSummary()


def _groups_of(run_id: str) -> Any:  # noqa: ANN401 a SELECT of ten columns
    """One row per status, with process NULL, and one per process, with status NULL."""
    ran = TaskRow.status != TaskStatus.CACHED.value
    half_and_most = literal([0.5, 0.95], ARRAY(Double))
    spent = func.coalesce(cast(TaskRow.realtime_ms, Numeric), 0)  # 64 bits would overflow with 64 GiB for 37 hours
    own_time = case((ran, spent), else_=0)
    return (
        select(
            TaskRow.status,
            TaskRow.process,
            func.count().label("tasks"),
            func.count().filter(TaskRow.status == TaskStatus.FAILED.value).label("failed"),
            func.percentile_disc(half_and_most).within_group(TaskRow.duration_ms).filter(ran).label("durations"),
            func.max(TaskRow.memory_peak).filter(ran).label("peak_memory"),
            func.coalesce(func.sum(own_time * func.coalesce(TaskRow.cpus, 1)), 0).label("core_ms"),
            func.coalesce(func.sum(own_time * func.coalesce(TaskRow.memory, 0)), 0).label("byte_ms"),
            func.min(TaskRow.submit_time).filter(ran).label("first"),
            func.max(func.greatest(TaskRow.submit_time, TaskRow.start_time, TaskRow.end_time))
            .filter(ran)
            .label("last"),
        )
        .where(TaskRow.run_id == run_id)
        .group_by(func.grouping_sets(TaskRow.status, TaskRow.process))
        .order_by(TaskRow.status, TaskRow.process)
    )


def _stats_in(group: Row[Any]) -> AttemptStats:
    half, most = group.durations or (None, None)
    return AttemptStats(
        count=group.tasks, failed=group.failed, p50_duration=half, p95_duration=most, peak_memory=group.peak_memory
    )


def _totals_in(groups: Sequence[Row[Any]]) -> TaskTotals:
    return TaskTotals(
        by_status={TaskStatus(group.status): group.tasks for group in groups},
        core_ms=int(sum(group.core_ms for group in groups)),
        byte_ms=int(sum(group.byte_ms for group in groups)),
        first=min((group.first for group in groups if group.first), default=None),
        last=max((group.last for group in groups if group.last), default=None),
    )


def _store(connection: Connection, run_id: str, summary: RunTaskSummary) -> None:
    statement = upsert(TaskSummaryRow).values(run_id=run_id, summary=summary.as_json())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[TaskSummaryRow.run_id],
            set_={"summary": statement.excluded.summary},
            where=TaskSummaryRow.summary != statement.excluded.summary,
        )
    )
