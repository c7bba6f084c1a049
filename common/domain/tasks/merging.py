"""Makes updates about tasks from log and trace, and merges them.

The log shows at once that a task was submitted, cached or completed. The trace decides each field that it gives. Only
Batch shows that a task is running. A task that has ended never becomes live again.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    FailureReport,
    LogFact,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskIgnored,
    TaskRetried,
    TaskSubmitted,
)
from common.domain.nextflow.trace.row import TraceRow
from common.domain.tasks.name import name_in_note, split_task_name
from common.domain.tasks.task import (
    ENDED,
    LONGEST_NAME,
    STATUS_RANK,
    Task,
    TaskRequest,
    TaskStatus,
    within_bounds,
)


class TaskSource(StrEnum):
    """The source of an update."""

    LOG = "log"
    TRACE = "trace"


_STATUS, _SETTLED = (Task._fields.index(name) for name in ("status", "is_settled"))
# The places of what a log may give, which comes first in a task, but for its hash and status.
_LOG_GIVES = tuple(
    place
    for place, name in enumerate(Task._fields[: Task._fields.index("message") + 1])
    if name not in ("hash", "status")
)
_NOTHING = (None, "")
_as_task = partial(tuple.__new__, Task)  # half the time of _make, which counts the fields


def merge(known: Task | None, update: Task, source: TaskSource) -> Task:
    """The task after `update`. Log and trace lead to the same result in any order.

    An update from the trace replaces the fields it gives; one from the log only fills gaps. The status only moves
    forward. The status of an ended task changes in two cases only: the trace gives another one, which settles it, or an
    unsettled task turns out to have failed, because the log calls a task completed before its outputs are checked.
    """
    is_from_trace = source == TaskSource.TRACE
    settles = is_from_trace and update.status in ENDED
    if known is None:
        return update if update.is_settled == settles else update._replace(is_settled=settles)
    merged = _replaced(known, update) if is_from_trace else _filled(known, update)
    merged[_STATUS] = update.status if settles else _later(known, update.status)
    merged[_SETTLED] = settles or known.is_settled
    return _as_task(merged)


def _replaced(known: Task, update: Task) -> list[Any]:
    """The fields of `known`, replaced by those that `update` gives: a note in the log need not name the task."""
    return [old if new is None or new == "" else new for old, new in zip(known, update, strict=True)]


def _filled(known: Task, update: Task) -> list[Any]:
    """The fields of `known`, and where it has none, those that `update` gives, which comes from a log.

    Most updates give few fields to a task that has them, so that two quick questions answer for most fields.
    """
    merged: list[Any] = list(known)
    for place in _LOG_GIVES:
        new = update[place]
        if new is not None and new != "" and merged[place] in _NOTHING:
            merged[place] = new
    return merged


def update_from_log(fact: LogFact) -> Task | None:
    """The update that a fact gives, within bounds; none if it is not about a task, or about a task without a hash."""
    make_update = _UPDATES.get(type(fact))
    return make_update(fact) if make_update else None


def update_from_trace(row: TraceRow) -> Task:
    """The task in one row, within bounds. Without a hash, its number or its name takes the place of the hash."""
    task = Task(
        hash=row.hash or _other_key(row),
        name=row.name,
        process=row.process,
        status=_status_of(row),
        tag=row.tag,
        task_id=row.task_id,
        exit_code=row.exit_code,
        attempt=row.attempt,
        submit_time=row.submit,
        start_time=row.start,
        end_time=row.complete,
        duration_ms=row.duration_ms,
        realtime_ms=row.realtime_ms,
        cpu_percent=row.cpu_percent,
        cpus=row.cpus,
        memory=row.memory,
        memory_peak=row.peak_rss if row.peak_rss is not None else row.rss,
        read_bytes=row.read_bytes,
        write_bytes=row.write_bytes,
        work_dir=row.work_dir,
        native_id=row.native_id,
        error_action=row.error_action,
        request=_request_in(row),
    )
    return within_bounds(task)


def _later(known: Task, status: TaskStatus) -> TaskStatus:
    if status == known.status:
        return status
    moves_on = STATUS_RANK[status] > STATUS_RANK[known.status]
    turns_failed = status == TaskStatus.FAILED and not known.is_settled
    return status if moves_on or turns_failed else known.status


def _other_key(row: TraceRow) -> str:
    if row.task_id is not None:
        return f"#{row.task_id}"
    return hashlib.sha1(row.name.encode(), usedforsecurity=False).hexdigest()


def _request_in(row: TraceRow) -> TaskRequest | None:
    request = TaskRequest(disk=row.disk, time_ms=row.time_ms, container=row.container)
    return None if request == TaskRequest() else request


def _status_of(row: TraceRow) -> TaskStatus:
    if row.status is not None:
        return TaskStatus(row.status)
    if row.exit_code is None:
        return TaskStatus.NEW
    return TaskStatus.FAILED if row.exit_code else TaskStatus.COMPLETED


def _submitted(fact: TaskSubmitted) -> Task:
    return _task(fact.hash, fact.name, TaskStatus.SUBMITTED, submit_time=fact.at)


def _cached(fact: TaskCached) -> Task:
    return _task(fact.hash, fact.name, TaskStatus.CACHED)


def _job_submitted(fact: BatchJobSubmitted) -> Task | None:
    if fact.hash is None:
        return None
    native_id = f"{fact.job}/0/{fact.uid}"
    return _task(fact.hash, fact.name, TaskStatus.SUBMITTED, native_id=native_id, work_dir=fact.work_dir)


def _completed(fact: TaskCompleted) -> Task | None:
    """Exit status 0 counts as success until a report or the trace shows a failure.

    `Task completed` has it also for tasks that fail afterwards, when their outputs are checked.
    """
    if fact.hash is None:
        return None
    return _task(
        fact.hash,
        fact.name,
        _end_status(fact),
        task_id=fact.task_id,
        exit_code=fact.exit_code,
        start_time=fact.started,
        end_time=fact.exited or fact.at,
        work_dir=fact.work_dir,
        message=fact.error,
    )


def _failed(fact: TaskErrored | FailureReport) -> Task | None:
    if fact.hash is None:
        return None
    exit_code, message = (None, fact.reason) if isinstance(fact, TaskErrored) else (fact.exit_code, fact.cause)
    return _task(
        fact.hash,
        fact.name,
        TaskStatus.FAILED,
        exit_code=exit_code,
        end_time=fact.at,
        work_dir=fact.work_dir,
        message=message,
    )


def _noted(fact: TaskRetried | TaskIgnored) -> Task:
    return _task(
        fact.hash,
        name_in_note(fact.note),
        TaskStatus.FAILED,
        end_time=fact.at,
        error_action="RETRY" if isinstance(fact, TaskRetried) else "IGNORE",
        message=fact.note,
    )


def _end_status(fact: TaskCompleted) -> TaskStatus:
    """SUBMITTED while the end is unknown: both native tasks that succeeded and killed tasks have no exit status."""
    if fact.error is None and fact.exit_code is None:
        return TaskStatus.SUBMITTED
    return TaskStatus.FAILED if fact.error or fact.exit_code else TaskStatus.COMPLETED


def _task(  # noqa: PLR0913 what a log gives
    key: str,
    name: str,
    status: TaskStatus,
    *,
    task_id: int | None = None,
    exit_code: int | None = None,
    submit_time: datetime | None = None,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    work_dir: str | None = None,
    native_id: str | None = None,
    error_action: str | None = None,
    message: str | None = None,
) -> Task:
    """An update with what a log may give. Large logs make hundreds of thousands, twice as fast as with keywords."""
    process, tag = split_task_name(name)
    task = Task(
        key,
        name,
        process,
        status,
        tag,
        task_id,
        exit_code,
        submit_time,
        start_time,
        end_time,
        work_dir,
        native_id,
        error_action,
        message,
    )
    is_short = len(name) + len(work_dir or "") + len(native_id or "") + len(message or "") <= LONGEST_NAME
    return task if is_short else within_bounds(task)


_UPDATES: Mapping[type[LogFact], Callable[[Any], Task | None]] = {
    TaskSubmitted: _submitted,
    TaskCached: _cached,
    BatchJobSubmitted: _job_submitted,
    TaskCompleted: _completed,
    TaskErrored: _failed,
    FailureReport: _failed,
    TaskRetried: _noted,
    TaskIgnored: _noted,
}
