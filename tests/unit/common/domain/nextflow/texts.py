"""Small logs and traces in Nextflow's formats, for the tests of the readers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from common.domain.nextflow.log.facts import FailureFact, LogFact
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogReader, LogRecord
from common.domain.nextflow.log.summary import LogSummary
from common.domain.nextflow.trace.reader import SkippedRow, TraceReader
from common.domain.nextflow.trace.row import TraceRow

NEAR = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEFAULT_COLUMNS = (
    *("task_id", "hash", "native_id", "name", "status", "exit", "submit", "duration", "realtime"),
    *("%cpu", "peak_rss", "peak_vmem", "rchar", "wchar"),
)


def line(
    message: str,
    *,
    stamp: str = "Nov-23 06:29:30.123",
    thread: str = "main",
    level: str = "DEBUG",
    logger: str = "nextflow.Session",
) -> str:
    """One record of a log, with its newline."""
    return f"{stamp} [{thread}] {level:5} {logger} - {message}\n"


def records_of(text: str | bytes, *, near: datetime = NEAR) -> list[LogRecord]:
    """All records of a whole log."""
    reader = LogReader(near)
    return reader.feed(text.encode() if isinstance(text, str) else text) + reader.finish()


def facts_in(text: str | bytes) -> list[LogFact]:
    """All facts of a whole log."""
    return [fact for record in records_of(text) for fact in facts_of(record)]


def fact_in(text: str) -> LogFact:
    """The only fact of a log."""
    (fact,) = facts_in(text)
    return fact


def bare_fact_in(text: str) -> LogFact:
    """The only fact of a log; a failure without its thread and exception."""
    fact = fact_in(text)
    return replace(fact, thread=None, exception=None) if isinstance(fact, FailureFact) else fact


def summary_of(facts: Iterable[LogFact]) -> LogSummary:
    """The summary of `facts`."""
    summary = LogSummary()
    for fact in facts:
        summary.add(fact)
    return summary


def summary_in(text: str | bytes) -> LogSummary:
    """The summary of a whole log, with its last record."""
    summary = summary_of(facts_in(text))
    summary.last_record = records_of(text)[-1].start if text else None
    return summary


def trace(*rows: str, columns: Iterable[str] = DEFAULT_COLUMNS, separator: str = "\t") -> str:
    """A trace; the cells in `rows` are separated by bars."""
    lines = [separator.join(columns), *(separator.join(row.split("|")) for row in rows)]
    return "".join(f"{text}\n" for text in lines)


def rows_of(text: str | bytes) -> list[TraceRow | SkippedRow]:
    """All rows of a whole trace, readable and skipped."""
    reader = TraceReader()
    return reader.feed(text.encode() if isinstance(text, str) else text) + reader.finish()


def row_in(text: str | bytes) -> TraceRow:
    """The only row of a trace, which must be readable."""
    (row,) = rows_of(text)
    assert isinstance(row, TraceRow)
    return row


def skipped_in(text: str | bytes) -> SkippedRow:
    """The only row of a trace, which must be skipped."""
    (row,) = rows_of(text)
    assert isinstance(row, SkippedRow)
    return row
