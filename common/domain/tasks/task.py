"""A task attempt, and how the news of it from log, trace and Batch are put together (DESIGN 6).

The log tells live that a task was submitted, cached or completed. The trace has the final word on each field it
gives. Batch alone tells that a task is running. A task that has ended never goes back.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class TaskStatus(StrEnum):
    """Nextflow's own names of task states (nextflow TraceRecord)."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CACHED = "CACHED"
    ABORTED = "ABORTED"


_RANK: Mapping[TaskStatus, int] = MappingProxyType(
    {
        TaskStatus.NEW: 0,
        TaskStatus.SUBMITTED: 1,
        TaskStatus.RUNNING: 2,
        TaskStatus.ABORTED: 3,
        TaskStatus.COMPLETED: 3,
        TaskStatus.FAILED: 3,
        TaskStatus.CACHED: 3,
    }
)
ENDED = frozenset(status for status, rank in _RANK.items() if rank == max(_RANK.values()))


class TaskSource(StrEnum):
    """Where news of a task comes from."""

    LOG = "log"
    TRACE = "trace"
    BATCH = "batch"


class Task(NamedTuple):
    """What is known of one attempt; None is not known. Durations in ms, memory in bytes, cpu in % of one core.

    `is_settled` once the trace has told how it ended. A tuple, because hundreds of thousands are made and put together
    for a large run.
    """

    hash: str
    name: str
    process: str
    status: TaskStatus
    tag: str | None = None
    task_id: int | None = None
    exit_code: int | None = None
    attempt: int | None = None
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration_ms: int | None = None
    realtime_ms: int | None = None
    cpu_percent: float | None = None
    cpus: int | None = None
    memory: int | None = None
    memory_peak: int | None = None
    work_dir: str | None = None
    native_id: str | None = None
    error_action: str | None = None
    message: str | None = None
    is_settled: bool = False


_STATUS, _SETTLED = (Task._fields.index(name) for name in ("status", "is_settled"))
_UNKNOWN = (None, "")  # a note in the log names a task by its hash only


def merge(known: Task | None, news: Task, source: TaskSource) -> Task:
    """What is known after `news`.

    News from the trace replace what they give; other news only fill gaps. The status moves forward, and from one
    end to another only by the trace, which settles it, or to failed: the log calls a task completed before it looks at
    its outputs. So log and trace come to the same in any order.
    """
    replaces = source == TaskSource.TRACE
    settles = replaces and news.status in ENDED
    if known is None:
        return news._replace(is_settled=settles)
    together: list[Any] = [
        new if (replaces or old in _UNKNOWN) and new not in _UNKNOWN else old
        for old, new in zip(known, news, strict=True)
    ]
    together[_STATUS] = news.status if settles else _later(known, news.status)
    together[_SETTLED] = settles or known.is_settled
    return Task._make(together)


def _later(known: Task, news: TaskStatus) -> TaskStatus:
    moves_on = _RANK[news] > _RANK[known.status]
    takes_back = news == TaskStatus.FAILED and not known.is_settled
    return news if moves_on or takes_back else known.status
