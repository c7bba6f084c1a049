"""What a fact of the log, or a row of the trace, says about a task."""

import hashlib
from collections.abc import Iterator
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
from common.domain.tasks.name import split_task_name
from common.domain.tasks.task import Task, TaskStatus


def from_log(fact: LogFact) -> Iterator[Task]:
    """The news of a task in one fact; nothing for facts about anything else, or about a task without a hash.

    `Task completed` has exit status 0 also for tasks that failed afterwards (NEXTFLOW-FILES, fact 23): an exit status
    of 0 is taken for success until a report or the trace says otherwise.
    """
    match fact:
        case TaskSubmitted():
            yield _task(fact.hash, fact.name, TaskStatus.SUBMITTED, submit_time=fact.at)
        case TaskCached():
            yield _task(fact.hash, fact.name, TaskStatus.CACHED)
        case BatchJobSubmitted(hash=str(key)):
            native_id = f"{fact.job}/0/{fact.uid}"
            yield _task(key, fact.name, TaskStatus.SUBMITTED, native_id=native_id, work_dir=fact.work_dir)
        case TaskCompleted(hash=str(key)):
            yield _completed(key, fact)
        case TaskErrored(hash=str(key)):
            yield _task(key, fact.name, TaskStatus.FAILED, message=fact.reason, end_time=fact.at)
        case FailureReport(hash=str(key)):
            told = {"message": fact.cause, "exit_code": fact.exit_code, "end_time": fact.at}
            yield _task(key, fact.name, TaskStatus.FAILED, **told)
        case TaskRetried():
            yield _task(fact.hash, "", TaskStatus.FAILED, message=fact.note, error_action="RETRY")
        case TaskIgnored():
            yield _task(fact.hash, "", TaskStatus.FAILED, message=fact.note, error_action="IGNORE")


def from_trace(row: TraceRow) -> Task:
    """The task of one row. A trace without hashes keys its tasks by their number, or by their name (fact 35)."""
    return Task(
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
        work_dir=row.work_dir,
        native_id=row.native_id,
        error_action=row.error_action,
    )


def _other_key(row: TraceRow) -> str:
    if row.task_id is not None:
        return f"#{row.task_id}"
    return hashlib.sha1(row.name.encode(), usedforsecurity=False).hexdigest()


def _status_of(row: TraceRow) -> TaskStatus:
    if row.status is not None:
        return TaskStatus(row.status)
    if row.exit_code is None:
        return TaskStatus.NEW
    return TaskStatus.FAILED if row.exit_code else TaskStatus.COMPLETED


def _completed(key: str, fact: TaskCompleted) -> Task:
    return _task(
        key,
        fact.name,
        _end_of(fact),
        task_id=fact.task_id,
        exit_code=fact.exit_code,
        start_time=fact.started,
        end_time=fact.exited or fact.at,
        work_dir=fact.work_dir,
        message=fact.error,
    )


def _end_of(fact: TaskCompleted) -> TaskStatus:
    """An unknown exit status says nothing: natively executed tasks have none, and killed ones have none either."""
    if fact.error is None and fact.exit_code is None:
        return TaskStatus.SUBMITTED
    return TaskStatus.FAILED if fact.error or fact.exit_code else TaskStatus.COMPLETED


def _task(key: str, name: str, status: TaskStatus, **told: Any) -> Task:  # noqa: ANN401 fields of Task
    process, tag = split_task_name(name)
    return Task(hash=key, name=name, process=process, tag=tag, status=status, **told)
