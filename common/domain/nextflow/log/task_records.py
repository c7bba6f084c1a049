"""Parses the records of nextflow.log about tasks: submitted, cached, completed, failed, retried, ignored.

Names, tags, errors and directories may contain anything, also the words that follow them in a record. So a record is
taken apart at its fixed words, and no pattern tries two unbounded parts against each other: a crafted message of 16 KiB
would take seconds.
"""

import re
from datetime import UTC, datetime

from common.domain.nextflow import units
from common.domain.nextflow.log.exceptions import without_stack_trace
from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    LogFact,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskIgnored,
    TaskRetried,
    TaskStored,
    TaskSubmitted,
)
from common.domain.nextflow.log.records import LogRecord
from common.domain.tasks.name import hash_of_work_dir

_TASK_LINE = re.compile(
    r"\[([0-9a-f]{2}/[0-9a-f]{6})\] (Submitted process >|Re-submitted process >|Cached process >|NOTE:) (.*)", re.DOTALL
)
_NOTE_END = re.compile(r" -- (?:Execution is retried \(([0-9]{1,9})\)|Error is ignored)\Z")
_STORED = re.compile(r"\[skipping\] Stored process > (.*)", re.DOTALL)
_COMPLETED = re.compile(r"Task completed > TaskHandler\[(?:jobId: ([^;]{0,500}); )?id: ([0-9]{1,18}); name: ")
_STATUS = "; status: "
_COMPLETED_END = re.compile(rf"{_STATUS}[A-Z]{{1,40}}; exit: (-|-?[0-9]{{1,18}}); error: ")
_WORK_DIR_OF_COMPLETED = "; workDir: "
_GRID_TAIL = re.compile(r" started: (-|[0-9]{1,18}); exited: (\S{1,64}); \Z")
_GRID_END = "; "
_ERRORED = re.compile(r"Handling unexpected condition for\s{0,20}\n  task: name=")
_ERROR_CLASS = re.compile(r"\n  error \[([^\]\n]{0,500})\]: ?")
_WORK_DIR_OF_ERRORED = "; work-dir="
_BATCH_PROCESS = b"[GOOGLE BATCH] Process `"
_JOB_SUBMITTED = "` submitted > job="
_BATCH_SUBMITTED = re.compile(_JOB_SUBMITTED + r"([^;]{0,200}); uid=([^;]{0,200}); work-dir=(.*)", re.DOTALL)


def parse_task_line(record: LogRecord) -> LogFact | None:
    found = _TASK_LINE.match(record.message)
    if found is None:
        return None
    task_hash, says, rest = found.groups()
    if says == "NOTE:":
        return _parse_note(record, task_hash, rest)
    if says == "Cached process >":
        return TaskCached(offset=record.start, at=record.timestamp, hash=task_hash, name=rest)
    again = says == "Re-submitted process >"
    return TaskSubmitted(offset=record.start, at=record.timestamp, hash=task_hash, name=rest, resubmitted=again)


def _parse_note(record: LogRecord, task_hash: str, note: str) -> LogFact | None:
    """A note starts with any message; its end says whether the task is retried or ignored."""
    note = note.rstrip()
    found = _NOTE_END.search(note)
    if found is None:
        return None
    text, retry = note[: found.start()], found[1]
    if retry is None:
        return TaskIgnored(offset=record.start, at=record.timestamp, hash=task_hash, note=text)
    return TaskRetried(offset=record.start, at=record.timestamp, hash=task_hash, note=text, retry=int(retry))


def parse_stored(record: LogRecord) -> LogFact | None:
    found = _STORED.match(record.message)
    return found and TaskStored(offset=record.start, at=record.timestamp, name=found[1])


def parse_completed(record: LogRecord) -> LogFact | None:
    """Name, error and directory may hold anything, so the last of the fixed words between them count."""
    text = record.message.rstrip()
    found, work_dir_at = _COMPLETED.match(text), text.rfind(_WORK_DIR_OF_COMPLETED)
    middle = _last_status(text, found.end(), work_dir_at) if found and text.endswith("]") else None
    if found is None or middle is None:
        return None
    native_id, error = found[1], text[middle.end() : work_dir_at]
    work_dir = text[work_dir_at + len(_WORK_DIR_OF_COMPLETED) : -1]
    started = exited = None
    if grid := _GRID_TAIL.search(work_dir) if work_dir.endswith(_GRID_END) and native_id else None:
        work_dir, started, exited = work_dir[: grid.start()], _epoch(grid[1]), _instant(grid[2])
    return TaskCompleted(
        offset=record.start,
        at=record.timestamp,
        task_id=int(found[2]),
        name=text[found.end() : middle.start()],
        hash=hash_of_work_dir(work_dir),
        work_dir=work_dir,
        exit_code=None if middle[1] == "-" else int(middle[1]),
        error=None if error == "-" else error,
        native_id=native_id,
        started=started,
        exited=exited,
    )


def _last_status(text: str, start: int, end: int) -> re.Match[str] | None:
    at = end
    while (at := text.rfind(_STATUS, start, max(at, 0))) >= 0:
        if found := _COMPLETED_END.match(text, at, end):
            return found
    return None


def parse_errored(record: LogRecord) -> LogFact | None:
    text = record.message
    found = _ERRORED.match(text)
    named = text.find(_WORK_DIR_OF_ERRORED, found.end()) if found else -1
    error = _ERROR_CLASS.search(text, named) if named >= 0 else None
    if found is None or error is None:
        return None
    name, _, work_dir = text[found.end() : error.start()].rpartition(_WORK_DIR_OF_ERRORED)
    reason = text[error.end() :]
    return TaskErrored(
        offset=record.start,
        at=record.timestamp,
        name=name,
        hash=hash_of_work_dir(work_dir),
        work_dir=None if work_dir == "null" else work_dir,
        error_class=error[1],
        reason=without_stack_trace(reason) or reason.strip(),
    )


def parse_batch_job(record: LogRecord) -> LogFact | None:
    """The name of the process may hold anything, so the last of the fixed words after it count."""
    if not record.text.startswith(_BATCH_PROCESS):
        return None
    text = record.message
    submitted_at = text.rfind(_JOB_SUBMITTED)
    found = _BATCH_SUBMITTED.match(text, submitted_at) if submitted_at >= 0 else None
    if found is None:
        return None
    job, uid, work_dir = map(str.strip, found.groups())
    return BatchJobSubmitted(
        offset=record.start,
        at=record.timestamp,
        name=text[len(_BATCH_PROCESS) : submitted_at].strip(),
        job=job,
        uid=uid,
        work_dir=work_dir,
        hash=hash_of_work_dir(work_dir),
    )


def _epoch(milliseconds: str) -> datetime | None:
    try:
        return units.epoch_moment(units.whole_number(milliseconds))
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    """The time `2022-01-17T04:59:26Z`, sometimes with microseconds; None for `-`."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
