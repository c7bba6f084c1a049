"""The metrics and the progress of a run, from sums over its tasks, and when they are summed up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.domain.tasks.task import ENDED, TaskStatus

_MS_PER_HOUR = 3_600_000
_BYTES_PER_GB = 1 << 30
_TASKS_PER_S = 10_000  # of pause; they take about 30 ms to sum up, so sums never keep Postgres busy


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTotals:
    """Sums over the tasks of a run. CPU time in core-milliseconds, memory in byte-milliseconds (reserved, not used).

    `first` and `last` are the earliest and latest known times of any task; None before there are any.
    Cached tasks count in `by_status` only: their times and costs belong to an earlier run.
    """

    by_status: Mapping[TaskStatus, int]
    core_ms: int = 0
    byte_ms: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def duration_ms(self) -> int | None:
        """The time from `first` to `last`; None when it is not known."""
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumSchedule:
    """When the tasks of a run are summed up again; `is_stale` if tasks have changed since they were."""

    is_stale: bool = False
    due_at: datetime | None = None  # None if they were never summed up

    def is_due(self, *, tasks_changed: bool, at: datetime) -> bool:
        """Whether to sum up at `at`, in a transaction that may have changed tasks."""
        return (self.is_stale or tasks_changed) and (self.due_at is None or at >= self.due_at)


def next_sum_at(totals: TaskTotals, *, at: datetime) -> datetime:
    """When tasks that were summed up at `at` may be summed up again: at once, but for very many tasks."""
    return at + timedelta(seconds=sum(totals.by_status.values()) // _TASKS_PER_S)


def metrics_of(totals: TaskTotals) -> dict[str, Any]:
    """The metrics of a run: counts by status, progress (finished / known, 0 to 1), cpu-hours, memory-GB-hours.

    `duration_ms` is the time from the first submission of a task to the latest known time of any task.
    """
    known = sum(totals.by_status.values())
    finished = sum(count for status, count in totals.by_status.items() if status in ENDED)
    return {
        "tasks": {status.value: count for status, count in sorted(totals.by_status.items())},
        "total": known,
        "finished": finished,
        "progress": round(finished / known, 4) if known else 0.0,
        "cpu_hours": round(totals.core_ms / _MS_PER_HOUR, 4),
        "memory_gb_hours": round(totals.byte_ms / _BYTES_PER_GB / _MS_PER_HOUR, 4),
        "duration_ms": totals.duration_ms,
    }


def progress_data(run_id: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a progress event."""
    return {"run_id": run_id, **{name: metrics[name] for name in ("tasks", "total", "finished", "progress")}}
