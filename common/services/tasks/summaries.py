"""Summaries of the tasks of runs: computed when tasks have changed, so that pages only read them (decision 7).

From the same sums come the metrics of the run and, if counts of a live run changed, a progress event.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Double,
    Insert,
    Numeric,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.live_events import EventKind
from common.domain.runs.progress import TaskTotals, metrics_of, next_sum_at, progress_data
from common.domain.runs.status import LIVE_STATUSES
from common.domain.tasks.summary import AttemptStats, RunTaskSummary
from common.domain.tasks.task import TaskStatus
from common.models.runs import RunRow
from common.models.task_summaries import TaskSummaryRow
from common.models.tasks import TaskRow
from common.services.runs.journal import append_to_journal

_Group = Mapping[str, Any]  # the tasks of one status, or of one process


def note_progress(connection: Connection, run_id: str, *, at: datetime) -> None:
    """Sum up all tasks of a run; store the summary and the metrics, and journal changed counts of a live run.

    Call it with the lock on the run's ingest, so that no other sums are written in between.
    """
    groups: Sequence[_Group] = connection.execute(_groups_as_json(), {"of_run": run_id}).scalar_one() or ()
    of_statuses = [group for group in groups if group["status"] is not None]
    totals = _totals_in(of_statuses)
    summary = RunTaskSummary(
        by_status={group["status"]: _stats_in(group) for group in of_statuses},
        by_process={group["process"]: _stats_in(group) for group in groups if group["process"] is not None},
    )
    metrics = metrics_of(totals)
    values = {"of_run": run_id, "new_metrics": metrics, "at": at}
    stored = {"new_summary": summary.as_json(), "new_due_at": next_sum_at(totals, at=at)}
    changed = connection.execute(_store() if groups else _store_metrics(), values | (stored if groups else {})).first()
    if changed is None or changed.status not in LIVE_STATUSES:
        return
    before = progress_data(run_id, changed.before or metrics_of(TaskTotals(by_status={})))
    after = progress_data(run_id, metrics)
    if after != before:
        append_to_journal(connection, run_id, [(EventKind.PROGRESS, after)], at=at)


def mark_summary_stale(connection: Connection, run_id: str) -> None:
    """Note that tasks of the run have changed and will be summed up later."""
    row = upsert(TaskSummaryRow).values(run_id=run_id, summary={}, is_stale=True)
    fresh = ~TaskSummaryRow.is_stale
    connection.execute(
        row.on_conflict_do_update(index_elements=[TaskSummaryRow.run_id], set_={"is_stale": True}, where=fresh)
    )


@cache  # building a statement takes longer than sending it
def _groups_as_json() -> Any:  # noqa: ANN401 a SELECT of one value
    """The groups as one JSON array, which is decoded ten times as fast as rows; NULL if there are none."""
    return select(func.jsonb_agg(literal_column("task_groups"))).select_from(_groups().subquery("task_groups"))


def _groups() -> Any:  # noqa: ANN401 a SELECT of ten columns
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
        .where(TaskRow.run_id == bindparam("of_run"))
        .group_by(func.grouping_sets(TaskRow.status, TaskRow.process))
    )


def _stats_in(group: _Group) -> AttemptStats:
    half, most = group["durations"] or (None, None)
    return AttemptStats(
        count=group["tasks"],
        failed=group["failed"],
        p50_duration=half,
        p95_duration=most,
        peak_memory=group["peak_memory"],
    )


def _totals_in(groups: Sequence[_Group]) -> TaskTotals:
    return TaskTotals(
        by_status={TaskStatus(group["status"]): group["tasks"] for group in groups},
        core_ms=int(sum(group["core_ms"] for group in groups)),
        byte_ms=int(sum(group["byte_ms"] for group in groups)),
        first=min((datetime.fromisoformat(group["first"]) for group in groups if group["first"]), default=None),
        last=max((datetime.fromisoformat(group["last"]) for group in groups if group["last"]), default=None),
    )


@cache
def _store_metrics() -> Any:  # noqa: ANN401 an UPDATE that returns the status and the metrics before it
    metrics = bindparam("new_metrics", type_=RunRow.metrics.type)
    return (
        update(RunRow)
        .where(RunRow.run_id == bindparam("of_run"), RunRow.metrics.is_distinct_from(metrics))
        .values(metrics=metrics, updated_at=bindparam("at"))
        .returning(RunRow.status, literal_column("old.metrics", JSONB).label("before"))
    )


def _store_summary() -> Insert:
    row = upsert(TaskSummaryRow).values(
        run_id=bindparam("of_run"),
        summary=bindparam("new_summary"),
        is_stale=False,
        due_at=bindparam("new_due_at"),
    )
    excluded = {name: row.excluded[name] for name in ("summary", "is_stale", "due_at")}
    return row.on_conflict_do_update(index_elements=[TaskSummaryRow.run_id], set_=excluded)


@cache
def _store() -> Any:  # noqa: ANN401 as above
    return _store_metrics().add_cte(_store_summary().cte("stored"))
