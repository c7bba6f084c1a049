"""The metrics and the progress of a run, from sums over its tasks, and when they are summed up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any, NamedTuple

from common.domain.tasks.task import ENDED, TaskStatus

_MS_PER_HOUR = 3_600_000
_BYTES_PER_GB = 1 << 30
_MOST_WHILE_LIVE = 0.99
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
    def known(self) -> int:
        return sum(self.by_status.values())

    @property
    def finished(self) -> int:
        return sum(count for status, count in self.by_status.items() if status in ENDED)

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
    return at + timedelta(seconds=totals.known // _TASKS_PER_S)


class EarlierRun(NamedTuple):
    """How many samples a completed run of the same pipeline had, and how many tasks."""

    samples: int
    tasks: int


def expected_tasks(earlier: Iterable[EarlierRun], *, samples: int) -> int | None:
    """How many tasks a run will have, estimated from earlier ones; None if there are none.

    Some tasks are for each sample and some for the whole run: a straight line through the earlier runs. If they all had
    as many samples as each other, the tasks count as tasks for each sample.
    """
    runs = [run for run in earlier if run.samples > 0 and run.tasks > 0]
    if not runs:
        return None
    mean_samples, mean_tasks = fmean(run.samples for run in runs), fmean(run.tasks for run in runs)
    spread = sum((run.samples - mean_samples) ** 2 for run in runs)
    together = sum((run.samples - mean_samples) * (run.tasks - mean_tasks) for run in runs)
    for_each = max(0.0, together / spread) if spread else mean_tasks / mean_samples
    return max(1, round(mean_tasks + for_each * (samples - mean_samples)))


def progress_of(totals: TaskTotals, *, expected: int | None, before: float | None) -> float | None:
    """How much of a live run is done, from 0 to 0.99; None if it is not known how many tasks it will have.

    It never goes back behind `before`. Only the end of the run makes it 1: more tasks may come than were expected.
    """
    if expected is None:
        return before
    known, finished = totals.known, totals.finished
    return max(before or 0.0, min(round(finished / max(known, expected), 4), _MOST_WHILE_LIVE))


def metrics_of(totals: TaskTotals, *, expected: int | None = None, before: float | None = None) -> dict[str, Any]:
    """The metrics of a live run: counts by status, progress (see progress_of), cpu-hours, memory-GB-hours.

    `duration_ms` is the time from the first submission of a task to the latest known time of any task.
    """
    return {
        "tasks": {status.value: count for status, count in sorted(totals.by_status.items())},
        "total": totals.known,
        "expected": expected,
        "finished": totals.finished,
        "progress": progress_of(totals, expected=expected, before=before),
        "cpu_hours": round(totals.core_ms / _MS_PER_HOUR, 4),
        "memory_gb_hours": round(totals.byte_ms / _BYTES_PER_GB / _MS_PER_HOUR, 4),
        "duration_ms": totals.duration_ms,
    }


def progress_data(run_id: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a progress event."""
    return {
        "run_id": run_id,
        **{name: metrics.get(name) for name in ("tasks", "total", "expected", "finished", "progress")},
    }
