from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.domain.nextflow.log.records import LogReader
from localdev.nextflow_simulator.output.files import NextflowLog, TraceFile

RECORDS = [
    ("[main] DEBUG nextflow.Session", "Session start"),
    ("[Task submitter] INFO  nextflow.Session", "[ab/123456] Submitted process > A (1)"),
    ("[TaskFinalizer-1] ERROR nextflow.processor.TaskProcessor", "Error executing process > 'A'\n\nCaused by:\n  x\n"),
    ("[main] DEBUG nextflow.cli.CmdRun", "\n  Version: 25.10.4"),
]


def test_the_log_reader_reads_back_every_record(tmp_path: Path) -> None:
    log = NextflowLog(tmp_path / "nextflow.log")
    for head, message in RECORDS:
        log.add(head, message)
    log.close()

    reader = LogReader(datetime.now(UTC))
    read = [*reader.feed((tmp_path / "nextflow.log").read_bytes()), *reader.finish()]

    assert [(f"[{one.thread}] {one.level:<5} {one.logger}", one.message.rstrip()) for one in read] == [
        (head, message.rstrip()) for head, message in RECORDS
    ]


def test_a_record_is_written_immediately(tmp_path: Path) -> None:
    log = NextflowLog(tmp_path / "nextflow.log")

    log.add("[main] DEBUG nextflow.Session", "Session start")

    assert (tmp_path / "nextflow.log").read_text().endswith("Session start\n")
    log.close()


def test_only_records_above_debug_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = NextflowLog(tmp_path / "nextflow.log")
    for head, message in RECORDS[:2]:
        log.add(head, message)
    log.close()

    assert capsys.readouterr().out == "[ab/123456] Submitted process > A (1)\n"


def test_a_row_has_the_configured_columns(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "trace.txt", ["hash", "exit", "tag"])

    trace.add({"tag": "S1", "hash": "ab/123456", "name": "A"})

    assert (tmp_path / "trace.txt").read_text() == "hash\texit\ttag\nab/123456\t-\tS1\n"
    trace.close()
