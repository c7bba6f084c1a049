"""Summarizes a whole trace.txt."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.domain.nextflow.trace.layout import TraceLayout
from common.domain.nextflow.trace.reader import SkippedRow, TraceReader
from common.domain.nextflow.trace.row import TraceRow
from common.domain.tasks.merging import update_from_trace
from common.domain.tasks.task import Task
from tools.inspect_log.files import pieces


@dataclass(slots=True, kw_only=True)
class TraceReport:
    """The facts of a trace; `rows` counts the rows that could be read."""

    size: int = 0
    accounted: int = 0
    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    skipped: list[SkippedRow] = field(default_factory=list)
    columns: Sequence[str] = ()
    tasks: list[Task] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """This report as JSON values; in `skipped`, line 1 is the header."""
        return {
            "kind": "trace",
            "bytes": self.size,
            "bytes_accounted": self.accounted,
            "rows": self.rows,
            "statuses": dict(self.statuses),
            "skipped": [{"line": row.line_number, "why": row.reason} for row in self.skipped],
            "columns": list(self.columns),
        }


def report_on_trace(path: Path) -> TraceReport:
    """Read the trace at `path`."""
    report = TraceReport(size=path.stat().st_size)
    reader = TraceReader()
    for piece in pieces(path):
        _add(report, reader.feed(piece))
    _add(report, reader.finish())
    report.accounted = reader.state.offset
    report.columns = TraceLayout(reader.state.header or "").columns
    return report


def _add(report: TraceReport, found: Sequence[TraceRow | SkippedRow]) -> None:
    for row in found:
        if isinstance(row, SkippedRow):
            report.skipped.append(row)
            continue
        report.rows += 1
        report.statuses[row.status or "-"] += 1
        report.tasks.append(update_from_trace(row))
