from pathlib import Path

from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE
from tests.unit.common.domain.nextflow.texts import line
from tools.inspect_log.log_report import report_on_log
from tools.inspect_log.text import text_of_log, text_of_trace
from tools.inspect_log.trace_report import report_on_trace

TASK = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)"


def text_about(folder: Path, log: bytes) -> str:
    path = folder / "nextflow.log"
    path.write_bytes(log)
    return text_of_log(report_on_log(path, year=2026))


def test_a_log_is_shown_with_its_run_failure_and_tasks(tmp_path: Path) -> None:
    lines = text_about(tmp_path, FAILED_LOG).splitlines()
    assert "Outcome   failed" in lines
    assert "Cause     killed_by_signal" in lines
    assert f"Task      {TASK}, exit status 137" in lines
    assert any(text.startswith("Evidence  byte ") for text in lines)
    assert f"{'12/345678':10} {'FAILED':10}   137  {TASK}" in lines


def test_facts_that_a_log_lacks_are_shown_as_unknown(tmp_path: Path) -> None:
    text = text_about(tmp_path, line("hello").encode())
    assert "Run       unnamed, session none" in text
    assert "(time zone unknown)" in text
    assert "Cause" not in text
    assert "hash" not in text


def test_a_trace_is_shown_with_its_rows_and_skipped_lines(tmp_path: Path) -> None:
    path = tmp_path / "trace.txt"
    path.write_bytes(FAILED_TRACE + b"half a row\n")
    text = text_of_trace(report_on_trace(path))
    assert "2 rows, 1 lines skipped" in text
    assert "Skipped   line 4: " in text
    assert f"FAILED       137  {TASK}" in text
