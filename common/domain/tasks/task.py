"""One attempt at a Nextflow task, as log, trace and Batch describe it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class TaskStatus(StrEnum):
    """The states of a task, named as in Nextflow's class TraceRecord."""

    NEW = "NEW"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CACHED = "CACHED"
    ABORTED = "ABORTED"


# What a run writes about a task may have any length; a page has up to 1,000 tasks.
LONGEST_NAME: Final = 2_000  # characters, also of the process and the tag
LONGEST_PLACE: Final = 2_000  # of a work directory or a Batch job
LONGEST_MESSAGE: Final = 20_000
LONGEST_CONTAINER: Final = 500  # a registry's names have up to 456: host and path, tag, digest

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


class TaskRequest(NamedTuple):
    """What an attempt asked for besides cpus and memory: disk in bytes, its time limit in ms, its container image.

    Nearly all tasks of a process ask for the same.
    """

    disk: int | None = None
    time_ms: int | None = None
    container: str | None = None


class Task(NamedTuple):
    """What is known about one attempt; None means unknown. Durations in ms, memory in bytes, cpu in % of one core.

    `hash` is the key of the task in its run: the eight digits that Nextflow shows (`ab/cdef01`); of a further task with
    the same eight, all of them (see `known_tasks`). What one line says of a task has eight.
    `is_settled`: the trace has said how it ended. A tuple, because large runs make and merge hundreds of thousands;
    what a log says about a task comes first.
    """

    hash: str
    name: str
    process: str
    status: TaskStatus
    tag: str | None = None
    task_id: int | None = None
    exit_code: int | None = None
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    work_dir: str | None = None
    native_id: str | None = None
    error_action: str | None = None
    message: str | None = None
    attempt: int | None = None
    duration_ms: int | None = None
    realtime_ms: int | None = None
    cpu_percent: float | None = None
    cpus: int | None = None
    memory: int | None = None
    memory_peak: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    is_settled: bool = False
    request: TaskRequest | None = None


def within_bounds(task: Task) -> Task:
    """The task with names and message cut, and without a place or a container that is longer than any real one."""
    if _is_within_bounds(task):
        return task
    return task._replace(
        name=task.name[:LONGEST_NAME],
        process=task.process[:LONGEST_NAME],
        tag=task.tag and task.tag[:LONGEST_NAME],
        message=task.message and task.message[:LONGEST_MESSAGE],
        work_dir=_if_real(task.work_dir),
        native_id=_if_real(task.native_id),
        error_action=_if_real(task.error_action),
        request=task.request and task.request._replace(container=_if_real(task.request.container, LONGEST_CONTAINER)),
    )


def _is_within_bounds(task: Task) -> bool:
    return (
        len(task.name) <= LONGEST_NAME
        and len(task.process) <= LONGEST_NAME
        and len(task.tag or "") <= LONGEST_NAME
        and len(task.message or "") <= LONGEST_MESSAGE
        and max(len(task.work_dir or ""), len(task.native_id or ""), len(task.error_action or "")) <= LONGEST_PLACE
        and (task.request is None or len(task.request.container or "") <= LONGEST_CONTAINER)
    )


def _if_real(place: str | None, longest: int = LONGEST_PLACE) -> str | None:
    return place if place is None or len(place) <= longest else None
