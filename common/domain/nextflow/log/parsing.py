"""Parses the facts that a record of nextflow.log states; most records state none, and cost little.

Records are recognised by their wording. The level depends on the console settings and not on the event, and releases
abbreviate the logger's name in different ways.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from common.domain.nextflow import units
from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    BatchJobTerminated,
    CommandGiven,
    ExecutorStarted,
    Goodbye,
    InternalError,
    LauncherError,
    LogFact,
    PipelineComplaint,
    RunNamed,
    ScriptError,
    ScriptLaunched,
    SessionAborted,
    SessionNamed,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskIgnored,
    TaskNotFinalized,
    TaskRetried,
    TaskStored,
    TaskSubmitted,
    VersionNamed,
    WorkDirNamed,
)
from common.domain.nextflow.log.failure_report import exception_text, failure_report, without_stack_trace
from common.domain.nextflow.log.records import LogRecord
from common.domain.nextflow.log.stats import run_stats
from common.domain.tasks.name import hash_of_work_dir

_TASK_LINE = re.compile(
    r"\[([0-9a-f]{2}/[0-9a-f]{6})\] (Submitted process >|Re-submitted process >|Cached process >|NOTE:) (.*)", re.DOTALL
)
_NOTE_END = re.compile(r"(.*) -- (?:Execution is retried \(([0-9]{1,9})\)|Error is ignored)\s*", re.DOTALL)
_STORED = re.compile(r"\[skipping\] Stored process > (.*)", re.DOTALL)
_COMPLETED = re.compile(  # a directory or a tag may hold a newline, and a tag anything else
    r"Task completed > TaskHandler\[(?:jobId: ([^;]*); )?id: ([0-9]{1,18}); name: (.*); status: [A-Z]+; "
    r"exit: (-|-?[0-9]{1,18}); error: (.*); workDir: (.*)\]\s*",
    re.DOTALL,
)
_GRID_TAIL = re.compile(r"(.*?) started: (-|[0-9]{1,18}); exited: (\S+); ", re.DOTALL)
_ERRORED = re.compile(
    r"Handling unexpected condition for\s*\n  task: name=(.*); work-dir=(.*?)\n  error \[([^\]\n]*)\]: ?(.*)", re.DOTALL
)
_BATCH_SUBMITTED = re.compile(
    r"\[GOOGLE BATCH\] Process `(.*)` submitted > job=([^;]*); uid=([^;]*); work-dir=(.*)", re.DOTALL
)
_BATCH_TERMINATED = re.compile(
    r"\[GOOGLE BATCH\] (?:Process `(.*)` - t|T)erminated job=([^;]*);(?: task=([^;]*);)? state=(\w+)", re.DOTALL
)
_VERSION = re.compile(r"N E X T F L O W +~ +version (\S+)")
_LAUNCHING = re.compile(r"Launching `(.*?)` \[([^\]]*)\](?: DSL\d+)? - revision: (\S+)(?: \[(.*)\])?")
_SESSION_ID = re.compile(r"Session (?:uuid|UUID): (\S+)")
_WORK_DIR = re.compile(r"Work-dir: (.*?)(?: \[[^\]\n]*\])?\s*", re.DOTALL)
_ABORTED = re.compile(r"Session aborted -- Cause: ([^\n]*)")
_SIGNAL = re.compile(r"SIG[A-Z]+")
_NOT_FINALIZED = re.compile(r"Unexpected error while finalizing task '([^\n]*)' - cause: ([^\n]*)")

_OUR_LAUNCHER = "headjob.launch"  # the logger of what launch.sh adds to the log when Nextflow did not run

_PARSED_CHARACTERS = 16 * 1024  # characters of a message; what follows is a stack trace or a dump

_Parser = Callable[[LogRecord], LogFact | None]


def facts_of(record: LogRecord) -> tuple[LogFact, ...]:
    """The facts that `record` states; none for most records, at present at most one."""
    parse = _PARSERS.get(record.message[:3])
    fact = parse(_beginning(record)) if parse and not _is_from_script(record) else None
    if fact is None and record.level == "ERROR":
        fact = _parse_error(record)
    return () if fact is None else (fact,)


def _beginning(record: LogRecord) -> LogRecord:
    """The record with its message shortened to what the patterns can search fast."""
    if len(record.message) <= _PARSED_CHARACTERS or record.message.startswith("Error executing process"):
        return record
    return record._replace(message=record.message[:_PARSED_CHARACTERS])


def _is_from_script(record: LogRecord) -> bool:
    """Whether the pipeline's script wrote the record (`log.info`), with any text."""
    return record.logger is None or record.logger.endswith(".Nextflow")


def _class_name(record: LogRecord) -> str:
    return (record.logger or "").rpartition(".")[2]


def _parse_command(record: LogRecord) -> LogFact:
    return CommandGiven(offset=record.start, at=record.timestamp, command=record.message[3:].strip())


def _parse_version(record: LogRecord) -> LogFact | None:
    found = _VERSION.match(record.message)
    return found and VersionNamed(offset=record.start, at=record.timestamp, version=found[1])


def _parse_launch(record: LogRecord) -> LogFact | None:
    found = _LAUNCHING.match(record.message)
    return found and ScriptLaunched(
        offset=record.start, at=record.timestamp, script=found[1], run_name=found[2], revision=found[3], branch=found[4]
    )


def _parse_run_name(record: LogRecord) -> LogFact | None:
    before, _, name = record.message.partition("Run name: ")
    return None if before else RunNamed(offset=record.start, at=record.timestamp, run_name=name.strip())


def _parse_session(record: LogRecord) -> LogFact | None:
    if aborted := _ABORTED.match(record.message):
        cause = aborted[1].strip()
        signal = cause if _SIGNAL.fullmatch(cause) else None
        return SessionAborted(offset=record.start, at=record.timestamp, cause=cause, signal=signal)
    named = _SESSION_ID.match(record.message)
    return named and SessionNamed(offset=record.start, at=record.timestamp, session_id=named[1])


def _parse_work(record: LogRecord) -> LogFact | None:
    if record.message.startswith("Workflow completed > "):
        return run_stats(record)
    found = _WORK_DIR.fullmatch(record.message)
    return found and WorkDirNamed(offset=record.start, at=record.timestamp, work_dir=found[1])


def _parse_executor(record: LogRecord) -> LogFact | None:
    before, _, executor = record.message.partition("[warm up] executor > ")
    return None if before else ExecutorStarted(offset=record.start, at=record.timestamp, executor=executor.strip())


def _parse_task_line(record: LogRecord) -> LogFact | None:
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
    found = _NOTE_END.fullmatch(note)
    if found is None:
        return None
    if found[2] is None:
        return TaskIgnored(offset=record.start, at=record.timestamp, hash=task_hash, note=found[1])
    return TaskRetried(offset=record.start, at=record.timestamp, hash=task_hash, note=found[1], retry=int(found[2]))


def _parse_stored(record: LogRecord) -> LogFact | None:
    found = _STORED.match(record.message)
    return found and TaskStored(offset=record.start, at=record.timestamp, name=found[1])


def _parse_completed(record: LogRecord) -> LogFact | None:
    found = _COMPLETED.fullmatch(record.message)
    if found is None:
        return None
    native_id, task_id, name, exit_status, error, work_dir = found.groups()
    started = exited = None
    if grid := _GRID_TAIL.fullmatch(work_dir) if native_id else None:
        work_dir, started, exited = grid[1], _epoch(grid[2]), _instant(grid[3])
    return TaskCompleted(
        offset=record.start,
        at=record.timestamp,
        task_id=int(task_id),
        name=name,
        hash=hash_of_work_dir(work_dir),
        work_dir=work_dir,
        exit_code=None if exit_status == "-" else int(exit_status),
        error=None if error == "-" else error,
        native_id=native_id,
        started=started,
        exited=exited,
    )


def _parse_errored(record: LogRecord) -> LogFact | None:
    found = _ERRORED.match(record.message)
    if found is None:
        return None
    name, work_dir, error_class, reason = found.groups()
    return TaskErrored(
        offset=record.start,
        at=record.timestamp,
        name=name,
        hash=hash_of_work_dir(work_dir),
        work_dir=None if work_dir == "null" else work_dir,
        error_class=error_class,
        reason=without_stack_trace(reason) or reason.strip(),
    )


def _parse_batch_job(record: LogRecord) -> LogFact | None:
    if found := _BATCH_SUBMITTED.match(record.message):
        name, job, uid, work_dir = (part.strip() for part in found.groups())
        task_hash = hash_of_work_dir(work_dir)
        return BatchJobSubmitted(
            offset=record.start, at=record.timestamp, name=name, job=job, uid=uid, work_dir=work_dir, hash=task_hash
        )
    ended = _BATCH_TERMINATED.match(record.message)
    return ended and BatchJobTerminated(
        offset=record.start, at=record.timestamp, name=ended[1], job=ended[2], task=ended[3], state=ended[4]
    )


def _parse_execution(record: LogRecord) -> LogFact | None:
    if record.message.startswith("Execution aborted due to an unexpected error"):
        return InternalError(offset=record.start, at=record.timestamp, reason=exception_text(record.message))
    return None


def _parse_not_finalized(record: LogRecord) -> LogFact | None:
    found = _NOT_FINALIZED.match(record.message)
    return found and TaskNotFinalized(offset=record.start, at=record.timestamp, name=found[1], reason=found[2])


def _parse_operation(record: LogRecord) -> LogFact | None:
    """`Operation aborted` comes without an ERROR record; its reason is the exception in the next line."""
    if _class_name(record) != "Launcher" or not record.message.startswith("Operation aborted"):
        return None
    text = exception_text(record.message) or "Operation aborted"
    return LauncherError(offset=record.start, at=record.timestamp, text=text)


def _parse_goodbye(record: LogRecord) -> LogFact | None:
    if record.message.startswith("> Execution complete -- Goodbye"):
        return Goodbye(offset=record.start, at=record.timestamp)
    return None


def _parse_error(record: LogRecord) -> LogFact | None:
    """The fact in an ERROR record that no other parser recognised; `@unknown` refers to the exception that follows."""
    unknown = record.message.startswith("@unknown")
    text = exception_text(record.message) if unknown else without_stack_trace(record.message)
    if _class_name(record) == "Launcher" or record.logger == _OUR_LAUNCHER:
        return LauncherError(offset=record.start, at=record.timestamp, text=text or record.message)
    if _is_from_script(record):
        return PipelineComplaint(offset=record.start, at=record.timestamp, text=record.message.strip())
    return ScriptError(offset=record.start, at=record.timestamp, text=text) if unknown else None


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


_PARSERS: dict[str, _Parser] = {  # by the first three characters of a message, so that most records cost one look-up
    "$> ": _parse_command,
    "N E": _parse_version,
    "Lau": _parse_launch,
    "Run": _parse_run_name,
    "Ses": _parse_session,
    "Wor": _parse_work,
    "[wa": _parse_executor,
    **{f"[{number:02x}": _parse_task_line for number in range(256)},
    "[sk": _parse_stored,
    "[GO": _parse_batch_job,
    "Tas": _parse_completed,
    "Han": _parse_errored,
    "Err": failure_report,
    "Exe": _parse_execution,
    "Une": _parse_not_finalized,
    "Ope": _parse_operation,
    "> E": _parse_goodbye,
}
