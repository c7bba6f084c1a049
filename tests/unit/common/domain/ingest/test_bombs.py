"""What a run writes is bounded: long fields, many columns, long reasons."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from common.domain.ingest import reading
from common.domain.ingest.cursor import KEPT_SKIPPED, FileCursor
from common.domain.ingest.reading import end_of_trace, read_log, read_trace
from common.domain.nextflow.trace.reader import SkippedRow
from common.domain.tasks.task import LONGEST_NAME, LONGEST_PLACE
from tests.support.runs import NOON

LONG = "x" * 100_000
HEADER = "task_id\thash\tnative_id\tname\tstatus\texit\tprocess\ttag\tworkdir\n"


def test_a_trace_with_long_fields_makes_a_small_task() -> None:
    line = f"1\tab/cdef01\t{LONG}\t{LONG} (a)\tCOMPLETED\t0\t{LONG}\t{LONG}\tgs://w/{LONG}\n"
    (task,) = read_trace(FileCursor(), (HEADER + line).encode()).tasks
    assert max(len(task.name), len(task.process), len(task.tag or "")) == LONGEST_NAME
    assert (task.native_id, task.work_dir) == (None, None)
    assert len(str(task)) < 4 * LONGEST_PLACE


def test_a_log_with_a_long_task_name_makes_a_small_task() -> None:
    text = f"Nov-23 08:15:02.113 [Task submitter] INFO  nextflow.Session - [ab/cdef01] Submitted process > {LONG} (a)\n"
    tasks = read_log(FileCursor(), (text * 2).encode(), near=NOON).tasks
    assert tasks
    assert all(len(task.name) <= LONGEST_NAME for task in tasks)


@pytest.mark.parametrize(
    "line", [f"1\t{LONG}\t-\ta\tCOMPLETED\t0\ta\ta\t-\n", f"{LONG}\tab/cdef01\n", "\t" * 300_000 + "\n"]
)
def test_unreadable_rows_take_little_of_the_cursor(line: str) -> None:
    cursor = end_of_trace(read_trace(FileCursor(), (HEADER + line * 3 + "a\tb\n").encode()).cursor).cursor
    assert cursor.skipped_count > 0
    assert len(json.dumps([dict(each) for each in cursor.skipped])) < 20_000
    assert len(asdict(cursor)["skipped"]) <= 100


@pytest.mark.parametrize("header", ["\t".join(f"c{n}" for n in range(100_000)), f"task_id\thash\tname\t{LONG}", LONG])
def test_of_a_long_header_little_is_kept_and_no_row_is_believed(header: str) -> None:
    rows = "1\tab/cdef01\ta\tb\n" + "1\t" * 100_000 + "\n"
    read = read_trace(read_trace(FileCursor(), f"{header}\n".encode()).cursor, rows.encode())
    assert not read.tasks
    assert read.cursor.skipped_count == 2
    assert len(str(asdict(read.cursor))) < 30_000


def test_of_a_chunk_of_lines_that_are_no_rows_only_the_kept_ones_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    as_json = reading._as_json

    def counted(row: SkippedRow) -> dict[str, Any]:
        written.append(row)
        return as_json(row)

    monkeypatch.setattr(reading, "_as_json", counted)

    cursor = read_trace(FileCursor(), HEADER.encode() + b"a\n" * 10_000).cursor

    assert cursor.skipped_count > 9_000
    assert len(written) == len(cursor.skipped) == KEPT_SKIPPED
