"""Parses the facts that a record of nextflow.log states; most records state none, and cost little.

Records are recognised by their wording. The level depends on the console settings and not on the event, and releases
abbreviate the logger's name in different ways.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from common.domain.nextflow.log.exceptions import (
    exception_lines,
    exception_text,
    text_without_rules,
    without_stack_trace,
)
from common.domain.nextflow.log.facts import (
    CommandGiven,
    ErrorNoted,
    ExecutorStarted,
    FailureFact,
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
    TaskNotFinalized,
    VersionNamed,
    WorkDirNamed,
)
from common.domain.nextflow.log.failure_report import failure_report
from common.domain.nextflow.log.records import LogRecord
from common.domain.nextflow.log.stats import run_stats
from common.domain.nextflow.log.task_records import (
    parse_batch_job,
    parse_completed,
    parse_errored,
    parse_stored,
    parse_task_line,
)

# No pattern may try two unbounded parts against each other: a crafted message of 16 KiB would take seconds.
_VERSION = re.compile(r"N E X T F L O W {1,9}~ {1,9}version (\S{1,100})")
_LAUNCHING = re.compile(
    r"Launching `(.{0,1000}?)` \[([^\]\n]{0,200})\](?: DSL\d{1,9})? - revision: (\S{1,200})(?: \[(.{0,500})\])?"
)
_SESSION_ID = re.compile(r"Session (?:uuid|UUID): (\S{1,200})")
_WORK_DIR = "Work-dir: "
_ABORTED = "Session aborted -- Cause:"
_SIGNAL = re.compile(r"SIG[A-Z]{1,20}")
_NOT_FINALIZED = re.compile(r"Unexpected error while finalizing task '([^\n]*)' - cause: ([^\n]*)")

_OUR_LAUNCHER = "headjob.launch"  # the logger of what launch.sh adds to the log when Nextflow did not run

_PARSED_BYTES = 16 * 1024  # of a message; what follows is a stack trace or a dump

_Parser = Callable[[LogRecord], LogFact | None]


def facts_in(records: Iterable[LogRecord]) -> list[LogFact]:
    """The facts that `records` state, in their order: none for most records, at present at most one for each."""
    facts = []
    for record in records:
        parse = _PARSERS.get(record.text[:3])
        if (parse or record.level == "ERROR") and (fact := _fact_in(record, parse)):
            facts.append(fact)
    return facts


def facts_of(record: LogRecord) -> list[LogFact]:
    """The facts that one record states."""
    return facts_in((record,))


def _fact_in(record: LogRecord, parse: _Parser | None) -> LogFact | None:
    beginning = record if len(record.text) <= _PARSED_BYTES else _beginning(record)
    fact = parse(beginning) if parse and not _is_from_script(record) else None
    if fact is None and record.level == "ERROR":
        fact = _parse_error(record)
    if isinstance(fact, FailureFact):
        return replace(fact, thread=record.thread, exception=exception_lines(record.message))
    return fact


def _beginning(record: LogRecord) -> LogRecord:
    """A long record with its message shortened to what the patterns can search fast."""
    if record.text.startswith(b"Error executing process"):
        return record
    return record._replace(text=record.text[:_PARSED_BYTES].decode(errors="ignore").encode())


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
    if record.message.startswith(_ABORTED):
        cause = text_without_rules(without_stack_trace(record.message.removeprefix(_ABORTED)))
        first = cause.partition("\n")[0].strip()
        signal = first if _SIGNAL.fullmatch(first) else None
        return SessionAborted(offset=record.start, at=record.timestamp, cause=signal or cause, signal=signal)
    named = _SESSION_ID.match(record.message)
    return named and SessionNamed(offset=record.start, at=record.timestamp, session_id=named[1])


def _parse_work(record: LogRecord) -> LogFact | None:
    if record.message.startswith("Workflow completed > "):
        return run_stats(record)
    if not record.message.startswith(_WORK_DIR):
        return None
    work_dir = _without_note(record.message.removeprefix(_WORK_DIR).rstrip())
    return WorkDirNamed(offset=record.start, at=record.timestamp, work_dir=work_dir)


def _without_note(work_dir: str) -> str:
    """A directory without the ` [type of its file system]` that follows it in one line."""
    if not work_dir.endswith("]"):
        return work_dir
    earlier = max(work_dir.rfind("]", 0, -1), work_dir.rfind("\n"))
    note = work_dir.find(" [", earlier + 1)
    return work_dir if note < 0 else work_dir[:note]


def _parse_executor(record: LogRecord) -> LogFact | None:
    before, _, executor = record.message.partition("[warm up] executor > ")
    return None if before else ExecutorStarted(offset=record.start, at=record.timestamp, executor=executor.strip())


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
    text = text_without_rules(exception_text(record.message)) or "Operation aborted"
    return LauncherError(offset=record.start, at=record.timestamp, text=text)


def _parse_goodbye(record: LogRecord) -> LogFact | None:
    if record.message.startswith("> Execution complete -- Goodbye"):
        return Goodbye(offset=record.start, at=record.timestamp)
    return None


def _parse_error(record: LogRecord) -> LogFact | None:
    """The fact in an ERROR record that no other parser recognised; `@unknown` refers to the exception that follows."""
    if _is_from_script(record):
        text = text_without_rules(record.message)
        return PipelineComplaint(offset=record.start, at=record.timestamp, text=text)
    unknown = record.message.startswith("@unknown")
    text = exception_text(record.message) if unknown else without_stack_trace(record.message)
    text = text_without_rules(text)
    if _class_name(record) == "Launcher" or record.logger == _OUR_LAUNCHER:
        return LauncherError(offset=record.start, at=record.timestamp, text=text or record.message)
    kind = ScriptError if unknown else ErrorNoted
    return kind(offset=record.start, at=record.timestamp, text=text)


_PARSERS: dict[bytes, _Parser] = {  # by the first three characters of a message, so that most records cost one look-up
    b"$> ": _parse_command,
    b"N E": _parse_version,
    b"Lau": _parse_launch,
    b"Run": _parse_run_name,
    b"Ses": _parse_session,
    b"Wor": _parse_work,
    b"[wa": _parse_executor,
    **{b"[%02x" % number: parse_task_line for number in range(256)},
    b"[sk": parse_stored,
    b"[GO": parse_batch_job,
    b"Tas": parse_completed,
    b"Han": parse_errored,
    b"Err": failure_report,
    b"Exe": _parse_execution,
    b"Une": _parse_not_finalized,
    b"Ope": _parse_operation,
    b"> E": _parse_goodbye,
}
