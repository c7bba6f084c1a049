"""Formats the reports as plain text."""

from collections.abc import Iterator, Mapping, Sequence

from common.domain.tasks.task import Task
from tools.inspect_log.log_report import LogReport
from tools.inspect_log.trace_report import TraceReport


def text_of_log(report: LogReport) -> str:
    """The log's size, run, outcome, cause of failure and tasks."""
    return "\n".join([*_about_log(report), *_about_run(report), *_about_failure(report), *_task_table(report)]) + "\n"


def text_of_trace(report: TraceReport) -> str:
    """The trace's size, columns, skipped lines and tasks."""
    head = f"Trace     {report.rows:,} rows, {len(report.skipped):,} lines skipped, {report.size:,} bytes"
    lines = [head, f"Columns   {', '.join(report.columns)}", f"Statuses  {_counts(report.statuses)}"]
    lines += [f"Skipped   line {row.line_number}: {row.reason}" for row in report.skipped]
    return "\n".join([*lines, "", *_table(report.tasks)]) + "\n"


def _about_log(report: LogReport) -> Iterator[str]:
    yield f"Log       {report.records:,} records, {report.size:,} bytes ({_counts(report.levels)})"
    if report.first and report.last:
        zone = "" if report.first.tzinfo else " (time zone unknown)"
        written = [moment.isoformat(" ", "seconds") for moment in (report.first, report.last)]
        yield f"Written   {written[0]} to {written[1]}{zone}"


def _about_run(report: LogReport) -> Iterator[str]:
    summary = report.summary
    yield f"Run       {summary.run_name or 'unnamed'}, session {summary.session_id or 'none'}"
    if summary.earlier_runs:
        yield f"Earlier   runs in the same file: {summary.earlier_runs:,}; this is about the last one"
    yield f"Nextflow  {summary.version or 'unknown version'}, executors: {', '.join(summary.executors) or 'none'}"
    if summary.command:
        yield f"Command   {summary.command}"
    yield (
        f"Tasks     {summary.submitted:,} submitted, {summary.cached:,} cached, {summary.completed:,} completed, "
        f"{summary.retried:,} retried, {summary.ignored:,} ignored"
    )
    yield f"Outcome   {report.outcome}"


def _about_failure(report: LogReport) -> Iterator[str]:
    found = report.diagnosis
    if found is None:
        return
    yield f"Cause     {found.cause.value}"
    if found.error_task:
        exit_status = "unknown" if found.exit_code is None else found.exit_code
        yield f"Task      {found.error_task}, exit status {exit_status}"
    yield from (f"Message   {line}" for line in (found.message or "").split("\n") if line.strip())
    yield from (f"Evidence  byte {line.offset}: {line.line}" for line in found.evidence)


def _task_table(report: LogReport) -> Iterator[str]:
    if report.tasks:
        yield ""
        yield from _table(list(report.tasks.values()))


def _table(tasks: Sequence[Task]) -> Iterator[str]:
    yield f"{'hash':10} {'status':10} {'exit':>5}  name"
    for task in tasks:
        exit_status = "-" if task.exit_code is None else task.exit_code
        yield f"{task.hash:10} {task.status.value:10} {exit_status:>5}  {' '.join(task.name.split())}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
