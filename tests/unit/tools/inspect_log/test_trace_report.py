from pathlib import Path

from tests.unit.common.domain.nextflow.texts import trace
from tools.inspect_log.trace_report import TraceReport, report_on_trace

COLUMNS = ("task_id", "hash", "name", "status", "exit")


def report_on(folder: Path, text: str) -> TraceReport:
    path = folder / "trace.txt"
    path.write_text(text, encoding="utf-8")
    return report_on_trace(path)


def test_rows_are_counted_by_status_and_skipped_lines_listed(tmp_path: Path) -> None:
    text = trace("1|ab/cdef01|P (a)|COMPLETED|0", "2|ab|Q|FAILED|1", "3|ab/cdef03|R|FAILED|-", columns=COLUMNS)
    assert report_on(tmp_path, text).as_json() == {
        "kind": "trace",
        "bytes": len(text),
        "bytes_accounted": len(text),
        "rows": 2,
        "statuses": {"COMPLETED": 1, "FAILED": 1},
        "skipped": [{"line": 3, "why": "not a task's hash: 'ab'"}],
        "columns": list(COLUMNS),
    }


def test_a_trace_may_have_no_rows_yet(tmp_path: Path) -> None:
    found = report_on(tmp_path, trace(columns=COLUMNS).rstrip("\n"))
    assert (found.rows, found.columns, found.accounted) == (0, list(COLUMNS), found.size)
