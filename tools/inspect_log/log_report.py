"""Summarizes a whole nextflow.log."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from common.domain.diagnosis.diagnosis import diagnose
from common.domain.diagnosis.failure import Evidence, FailureDiagnosis
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import MESSAGE_LIMIT, LogReader, LogRecord
from common.domain.nextflow.log.summary import LogSummary, Outcome
from common.domain.tasks.merging import TaskSource, merge, update_from_log
from common.domain.tasks.task import Task
from tools.inspect_log.files import NotReadableError, pieces
from tools.inspect_log.moments import moments_in

_OUTCOMES = {
    Outcome.COMPLETED: "completed",
    Outcome.TASK_FAILED: "failed",
    Outcome.ABORTED: "failed",
    Outcome.NOT_STARTED: "failed",
    Outcome.SIGNALLED: "cancelled",
    Outcome.ELSEWHERE: "unknown",
    Outcome.UNKNOWN: "unknown",
}
_HALF_A_YEAR = timedelta(days=182)
_REMOVED = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\r\n\0]")


@dataclass(slots=True, kw_only=True)
class LogReport:
    """The facts of a log; `first` and `last` have a time zone only if the file proves one."""

    size: int = 0
    accounted: int = 0
    records: int = 0
    is_of_nextflow: bool = False
    levels: Counter[str] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None
    summary: LogSummary = field(default_factory=LogSummary)
    tasks: dict[str, Task] = field(default_factory=dict)
    diagnosis: FailureDiagnosis | None = None

    @property
    def outcome(self) -> str:
        """How the run ended: completed, failed, cancelled or unknown."""
        return _OUTCOMES[self.summary.outcome]

    def as_json(self) -> dict[str, Any]:
        """This report as JSON values."""
        summary, found = self.summary, self.diagnosis
        return {
            "kind": "log",
            "bytes": self.size,
            "bytes_accounted": self.accounted,
            "records": self.records,
            "levels": dict(self.levels),
            "first_timestamp": self.first and self.first.isoformat(timespec="milliseconds"),
            "last_timestamp": self.last and self.last.isoformat(timespec="milliseconds"),
            "earlier_runs": summary.earlier_runs,
            "run_name": summary.run_name,
            "session_id": summary.session_id,
            "nextflow_version": summary.version,
            "command": summary.command,
            "executors": list(summary.executors),
            "tasks": {
                "submitted": summary.submitted,
                "cached": summary.cached,
                "completed": summary.completed,
                "retried": summary.retried,
                "ignored": summary.ignored,
            },
            "outcome": self.outcome,
            "cause": found and {"class": found.cause.value, "evidence": [line.line for line in found.evidence]},
            "error_task": found and found.error_task,
            "error_message": found and found.message,
            "exit_code": found and found.exit_code,
        }


def report_on_log(path: Path, *, year: int | None) -> LogReport:
    """Read the log at `path`, twice to find its year. Raises NotReadableError if it is not Nextflow's."""
    near = _assumed_moment(path, year)
    proven = moments_in(_records(path, near, UTC))
    report = LogReport(size=path.stat().st_size)
    for record in _records(path, proven.near or near, proven.zone or UTC):
        _add(report, record, proven.zone)
    if not report.is_of_nextflow:
        raise NotReadableError("this is neither a Nextflow log nor a Nextflow trace")
    if report.outcome in ("failed", "cancelled"):
        found = diagnose(report.summary)
        evidence = tuple(_as_in_file(path, line) for line in found.evidence)
        report.diagnosis = replace(found, evidence=evidence)
    return report


def _assumed_moment(path: Path, year: int | None) -> datetime:
    """A time near the first record: in the given year, or half a year before the file was last written."""
    if year is not None:
        return datetime(year, 7, 2, 12, tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) - _HALF_A_YEAR


def _records(path: Path, near: datetime, zone: tzinfo) -> Iterator[LogRecord]:
    reader = LogReader(near, zone=zone)
    for piece in pieces(path):
        yield from reader.feed(piece)
    yield from reader.finish()


def _add(report: LogReport, record: LogRecord, zone: tzinfo | None) -> None:
    report.accounted += record.end - record.start
    report.records += 1
    report.is_of_nextflow |= (record.logger or "").startswith(("nextflow.", "n."))
    report.summary.last_record = record.start
    if record.level:
        report.levels[record.level] += 1
    if record.timestamp:
        report.last = record.timestamp.astimezone(zone) if zone else record.timestamp.replace(tzinfo=None)
        report.first = report.first or report.last
    for fact in facts_of(record):
        runs_before = report.summary.earlier_runs
        report.summary.add(fact)
        if report.summary.earlier_runs > runs_before:
            report.tasks.clear()  # they are of the run before
        if task := update_from_log(fact):
            report.tasks[task.hash] = merge(report.tasks.get(task.hash), task, TaskSource.LOG)


def _as_in_file(path: Path, evidence: Evidence) -> Evidence:
    """The line as the file has it; if colour codes were removed, the longest part between them."""
    with path.open("rb") as file:
        file.seek(evidence.offset or 0)
        text = file.read(2 * MESSAGE_LIMIT).decode("utf-8", "replace")
    if evidence.line in text:
        return evidence
    parts = (part.strip() for part in _REMOVED.split(text))
    return replace(evidence, line=max((part for part in parts if part in evidence.line), key=len, default=""))
