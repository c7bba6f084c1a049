import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.logs.nextflow_files import FAILED_LOG, FINISHED_LOG
from tests.unit.common.domain.nextflow.texts import line
from tools.inspect_log.files import NotReadableError
from tools.inspect_log.log_report import LogReport, report_on_log
from tools.inspect_log.text import text_of_log

IN_UTC = line("\n  Created: 28-11-2025 19:24 UTC \n", stamp="Jan-17 05:00:00.000")


def report_on(folder: Path, log: str | bytes, *, year: int | None = 2026) -> LogReport:
    path = folder / "nextflow.log"
    path.write_bytes(log.encode() if isinstance(log, str) else log)
    return report_on_log(path, year=year)


def test_a_completed_run(tmp_path: Path) -> None:
    found = report_on(tmp_path, FINISHED_LOG).as_json()
    assert found | {"levels": None, "command": None, "first_timestamp": None, "last_timestamp": None} == {
        "kind": "log",
        "bytes": len(FINISHED_LOG),
        "bytes_accounted": len(FINISHED_LOG),
        "records": 14,
        "levels": None,
        "first_timestamp": None,
        "last_timestamp": None,
        "run_name": "run-1a2b3c4d",
        "session_id": "0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e",
        "nextflow_version": "25.10.4",
        "command": None,
        "earlier_runs": 0,
        "executors": ["google-batch"],
        "tasks": {"submitted": 3, "cached": 0, "completed": 3, "retried": 0, "ignored": 0},
        "outcome": "completed",
        "cause": None,
        "error_task": None,
        "error_message": None,
        "exit_code": None,
    }
    assert sum(found["levels"].values()) == 14


def test_a_failed_run(tmp_path: Path) -> None:
    found = report_on(tmp_path, FAILED_LOG).as_json()
    assert (found["outcome"], found["exit_code"], found["cause"]["class"]) == ("failed", 137, "killed_by_signal")
    assert found["error_task"] == "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)"
    assert all(text in FAILED_LOG.decode() for text in found["cause"]["evidence"])


def test_a_file_with_two_runs_is_read_as_the_last_one(tmp_path: Path) -> None:
    found = report_on(tmp_path, FAILED_LOG + FINISHED_LOG)
    assert (found.as_json()["outcome"], found.as_json()["earlier_runs"]) == ("completed", 1)
    assert found.tasks == report_on(tmp_path, FINISHED_LOG).tasks
    assert "Earlier   runs in the same file: 1" in text_of_log(found)


def test_a_cancelled_run(tmp_path: Path) -> None:
    found = report_on(tmp_path, line("Session aborted -- Cause: SIGINT")).as_json()
    assert (found["outcome"], found["cause"]["class"]) == ("cancelled", "killed_by_signal")


@pytest.mark.parametrize("command", ["nextflow run x", "nextflow kuberun x"])
def test_the_outcome_of_an_unfinished_log_is_unknown(tmp_path: Path, command: str) -> None:
    found = report_on(tmp_path, line(f"$> {command}", logger="nextflow.cli.Launcher")).as_json()
    assert (found["outcome"], found["cause"]) == ("unknown", None)


def test_times_have_no_zone_without_evidence(tmp_path: Path) -> None:
    found = report_on(tmp_path, line("x", stamp="Jan-17 05:00:00.000") + line("y", stamp="Jan-17 06:00:00.000"))
    assert (found.first, found.last) == (datetime(2026, 1, 17, 5), datetime(2026, 1, 17, 6))  # noqa: DTZ001


def test_times_have_the_zone_that_the_file_proves(tmp_path: Path) -> None:
    assert report_on(tmp_path, IN_UTC).as_json()["first_timestamp"] == "2026-01-17T05:00:00.000+00:00"


@pytest.mark.parametrize("stamp", ["Jan-01 00:00:00.000", "Jul-02 12:00:00.000", "Dec-31 23:59:59.999"])
@pytest.mark.parametrize("year", [2023, 2024])
def test_any_day_is_in_the_requested_year(tmp_path: Path, stamp: str, year: int) -> None:
    first = report_on(tmp_path, line("x", stamp=stamp), year=year).first
    assert first is not None
    assert first.year == year


def test_a_year_in_the_file_overrides_the_requested_one(tmp_path: Path) -> None:
    log = line("execution_trace_2022-01-17_05-12-39.txt", stamp="Jan-17 05:12:40.000")
    first = report_on(tmp_path, log, year=2026).first
    assert first is not None
    assert first.year == 2022


@pytest.mark.parametrize(("stamp", "year"), [("Dec-01 10:00:00.000", 2020), ("Feb-03 10:00:00.000", 2021)])
def test_the_default_year_is_the_one_before_the_files_date(tmp_path: Path, stamp: str, year: int) -> None:
    path = tmp_path / "nextflow.log"
    path.write_text(line("x", stamp=stamp), encoding="utf-8")
    written = datetime(2021, 2, 3, 12, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    first = report_on_log(path, year=None).first
    assert first is not None
    assert first.year == year


def test_evidence_from_a_coloured_line_is_a_part_of_the_file(tmp_path: Path) -> None:
    log = line("\x1b[31mOdd:\x1b[0m the column is empty", level="ERROR", logger="nextflow.Nextflow")
    assert report_on(tmp_path, log).as_json()["cause"]["evidence"] == ["the column is empty"]


def test_a_log_of_another_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReadableError, match="neither"):
        report_on(tmp_path, line("hello", logger="com.askimed.nf.test.App"))
