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
    false,
    func,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.live_events import EventKind
from common.domain.runs.progress import (
    EarlierRun,
    TaskTotals,
    expected_tasks,
    metrics_of,
    next_sum_at,
    progress_data,
)
from common.domain.runs.status import LIVE_STATUSES, RunStatus
from common.domain.tasks.summary import AttemptStats, RunTaskSummary
from common.domain.tasks.task import ENDED, TaskStatus
from common.models.runs import RunRow
from common.models.task_summaries import TaskSummaryRow
from common.models.tasks import TaskRow
from common.services.runs.journal import append_to_journal

_LOOKED_AT, _ESTIMATED_FROM = 100, 20  # runs
_MARK_STALE = text("""
    INSERT INTO task_summaries (run_id, summary, is_stale) VALUES (:run_id, '{}', true)
    ON CONFLICT (run_id) DO UPDATE SET is_stale = true WHERE NOT task_summaries.is_stale
""")
_Group = Mapping[str, Any]  # the tasks of one status, or of one process


def note_progress(connection: Connection, run_id: str, *, at: datetime) -> None:
    """Sum up all tasks of a run; store the summary and the metrics, and journal changed counts of a live run.

    Call it with the lock on the run's ingest, so that no other sums are written in between.
    """
    found = connection.execute(_groups_as_json(), {"of_run": run_id}).first()
    if found is None:  # there is no such run
        return
    groups: Sequence[_Group] = found.groups or ()
    of_statuses = [group for group in groups if group["status"] is not None]
    totals = _totals_in(of_statuses)
    summary = RunTaskSummary(
        by_status={group["status"]: _stats_in(group) for group in of_statuses},
        by_process={group["process"]: _stats_in(group) for group in groups if group["process"] is not None},
    )
    metrics = _metrics_of(totals, found)
    values = {"of_run": run_id, "new_metrics": metrics, "at": at}
    stored = {"new_summary": summary.as_json(), "new_due_at": next_sum_at(totals, at=at)}
    changed = connection.execute(_store() if groups else _store_metrics(), values | (stored if groups else {})).first()
    if changed is None or changed.status not in LIVE_STATUSES:
        return
    before = progress_data(run_id, changed.before or metrics_of(TaskTotals(by_status={}), expected=metrics["expected"]))
    after = progress_data(run_id, metrics)
    if after != before:
        append_to_journal(connection, run_id, [(EventKind.PROGRESS, after)], at=at)


def mark_summary_stale(connection: Connection, run_id: str) -> None:
    """Note that tasks of the run have changed and will be summed up later."""
    connection.execute(_MARK_STALE, {"run_id": run_id})


def _metrics_of(totals: TaskTotals, found: Any) -> dict[str, Any]:  # noqa: ANN401 a row of _groups_as_json
    """The metrics, with the estimate that was made when the tasks were summed up for the first time."""
    old: Mapping[str, Any] = found.metrics or {}
    if "expected" in old:
        expected: int | None = old["expected"]
    else:
        expected = expected_tasks((EarlierRun(*run) for run in found.earlier or ()), samples=found.sample_count)
    return metrics_of(totals, expected=expected, before=old.get("progress") if "expected" in old else None)


@cache  # building a statement takes longer than sending it
def _groups_as_json() -> Any:  # noqa: ANN401 a SELECT of four values
    """The groups as one JSON array, which is decoded ten times as fast as rows, NULL if there are none.

    Beside them what the run's progress was, and, unless it was estimated before, earlier runs to estimate from.
    """
    groups = select(func.jsonb_agg(literal_column("task_groups"))).select_from(_groups().subquery("task_groups"))
    is_estimated = func.coalesce(RunRow.metrics.has_key("expected"), false())
    return select(
        groups.scalar_subquery().label("groups"),
        RunRow.metrics,
        RunRow.sample_count,
        case((~is_estimated, _earlier_runs())).label("earlier"),
    ).where(RunRow.run_id == bindparam("of_run"))


def _earlier_runs() -> Any:  # noqa: ANN401 a SELECT of one value
    """Samples and tasks of the newest completed runs among the newest runs of the same pipeline, as JSON."""
    earlier = RunRow.__table__.alias("earlier").c
    newest = (
        select(earlier.status, earlier.sample_count, earlier.metrics)
        .where(earlier.pipeline == RunRow.pipeline, earlier.run_id != RunRow.run_id)
        .order_by(earlier.created_at.desc())
        .limit(_LOOKED_AT)
        .correlate(RunRow.__table__)
        .subquery()
    )
    total = newest.c.metrics["total"]
    completed = select(newest.c.sample_count, total.label("total")).where(
        newest.c.status == RunStatus.COMPLETED.value, total.is_not(None)
    )
    used = completed.limit(_ESTIMATED_FROM).subquery()
    return select(func.jsonb_agg(func.jsonb_build_array(used.c.sample_count, used.c.total))).scalar_subquery()


def _groups() -> Any:  # noqa: ANN401 a SELECT of twelve columns
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
            func.count().filter(TaskRow.status == TaskStatus.RUNNING.value).label("running"),
            func.count().filter(TaskRow.status.in_(sorted(ENDED))).label("finished"),
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
        running=group["running"],
        finished=group["finished"],
        failed=group["failed"],
        p50_duration=half,
        p95_duration=most,
        peak_memory=group["peak_memory"],
        first_submitted=datetime.fromisoformat(group["first"]).timestamp() if group["first"] else None,
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
