"""The lines and tables that the demo prints."""

import textwrap
from collections.abc import Collection, Sequence
from datetime import datetime

from localdev.demo.client import Json
from sluice.sse import StreamEvent
from tools.text_table import text_table

_LAST_ENTRIES = 12
_WIDTH = 100  # columns of a line
_EVENT_WIDTH = _WIDTH - 9  # the time is printed before an event
_UNITS = ("B", "KB", "MB", "GB", "TB")


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()) -> str:
    """A plain-text table, indented by two spaces; `right` names the columns to align right.

    In a table wider than 100 columns, the cells of the widest column are cut.
    """
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
    excess = 2 + sum(widths) + 2 * (len(widths) - 1) - _WIDTH
    widest = widths.index(max(widths))
    limit = max(len(headers[widest]), widths[widest] - max(0, excess))
    fitting = [[_cut(cell, limit) if place == widest else cell for place, cell in enumerate(row)] for row in rows]
    return textwrap.indent(text_table(headers, fitting, right=right), "  ")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def event_line(event: StreamEvent) -> str:
    """A live event as one line that is cut to fit 100 columns."""
    return _cut(_event_text(event), _EVENT_WIDTH)


def _event_text(event: StreamEvent) -> str:
    if event.kind == "progress":
        counts = ", ".join(f"{count} {status.lower()}" for status, count in event.data["tasks"].items())
        return f"  progress  {event.data['finished']}/{event.data['total']} tasks ended: {counts or 'none yet'}"
    if event.kind == "action":
        evidence = ", ".join(f"{name} {value}" for name, value in event.data["evidence"].items())
        return f"  action    {event.data['why']} ({evidence})"
    if event.kind == "change":
        return f"  change    {', '.join(event.data['changes'])} by {event.data['by']}"
    status = event.data["status"]
    cancelling = ", cancel requested" if "cancel_requested_at" in event.data and status != "cancelled" else ""
    failing = f", will fail: {event.data['error_message']}" if event.data.get("failing") else ""
    return f"  {event.kind:8}  {status}{cancelling}{failing}"


def diagnosis_table(run: Json) -> str:
    """The cause of a failure with its evidence."""
    found = run["diagnosis"]
    rows = [
        ("cause", found["cause"]),
        ("error_task", _text(run["error_task"])),
        ("exit_code", _text(run["exit_code"])),
        ("error_message", _text(run["error_message"]).partition("\n")[0]),
    ]
    rows += [(f"evidence in {line['source']}", line["line"]) for line in found["evidence"]]
    return table(("field", "value"), rows)


def plan_table(plan: Json) -> str:
    """What a recovery is expected to reuse and to run again."""
    rows = [
        ("tasks reused", str(plan["reused_count"])),
        ("tasks that run again", str(plan["run_again_count"])),
        ("for example", ", ".join(_short_name(task["name"]) for task in plan["tasks"] if not task["reused"])),
        ("work directory", plan["reused_work_dir"]),
        ("is deleted after", plan["work_dir_expires_at"]),
    ]
    return table(("what", "expected"), rows)


_ENDS = ("completed_at", "failed_at", "cancelled_at")  # a run has at most one


def run_table(run: Json) -> str:
    """The fields of a run."""
    shown = ("run_id", "pipeline", "pipeline_version", "status", "user_email", "sample_count", "created_at",
             "submitted_at", "started_at", *_ENDS, "batch_job_name", "gcs_path", "exit_code")  # fmt: skip
    rows = [(name, _text(run[name])) for name in shown if name not in _ENDS or run[name]]
    rows += [(name, _text(value)) for name, value in (run["metrics"] or {}).items() if name != "tasks"]
    return table(("field", "value"), rows)


def task_table(tasks: Sequence[Json]) -> str:
    """The tasks of a run, one per line."""
    rows = [
        (
            task["task_id"],
            _short_name(task["name"]),
            task["status"],
            _text(task["exit_code"]),
            _duration(task["duration"]),
            _text(task["cpu_percent"]),
            _size(task["memory_peak"]),
        )
        for task in tasks
    ]
    numbers = ("exit", "took", "% cpu", "peak memory")
    return table(("task", "name", "status", *numbers), rows, right=numbers)


def log_table(entries: Sequence[Json]) -> str:
    """The last log entries, each shortened to its first line."""
    rows = [
        (
            str(entry["number"]),
            datetime.fromisoformat(entry["timestamp"]).strftime("%H:%M:%S.%f")[:-3] if entry["timestamp"] else "-",
            _text(entry["level"]),
            entry["message"].partition("\n")[0],
        )
        for entry in entries[-_LAST_ENTRIES:]
    ]
    return table(("entry", "time", "level", "message"), rows, right=("entry",))


def _short_name(task: str) -> str:
    """The process without the workflows around it, and the tag: `STAR_ALIGN (donor1)`."""
    process, space, tag = task.partition(" ")
    return process.rpartition(":")[2] + space + tag


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def _duration(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def _size(size: float | None) -> str:
    if size is None:
        return "-"
    power = 0
    while size >= 1024 and power < len(_UNITS) - 1:
        size, power = size / 1024, power + 1
    return f"{size:.1f} {_UNITS[power]}"
