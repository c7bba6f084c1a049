"""One attempt at a Nextflow task, as log, trace and Batch describe it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class TaskStatus(StrEnum):
    """The states of a task, named as in Nextflow's class TraceRecord."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CACHED = "CACHED"
    ABORTED = "ABORTED"


STATUS_RANK: Mapping[TaskStatus, int] = MappingProxyType(
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
ENDED = frozenset(status for status, rank in STATUS_RANK.items() if rank == max(STATUS_RANK.values()))


class Task(NamedTuple):
    """What is known about one attempt; None means unknown. Durations in ms, memory in bytes, cpu in % of one core.

    `hash` is the key of the task in its run: the eight digits that Nextflow shows (`ab/cdef01`); of a further task with
    the same eight, all of them (see `known_tasks`). What one line says of a task has eight.
    `is_settled`: the trace has said how it ended. A tuple, because large runs make and merge hundreds of thousands.
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
