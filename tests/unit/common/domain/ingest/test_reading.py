import itertools
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.ingest.cursor import KEPT_SKIPPED, FileCursor, checksum, range_to_read
from common.domain.ingest.reading import Reading, read_log, read_next, read_trace, summary_so_far
from common.domain.nextflow.log.records import LogRecord
from common.domain.nextflow.log.summary import LogSummary, Outcome
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.tasks.merging import TaskSource, merge
from common.domain.tasks.task import Task, TaskStatus
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG
from tests.unit.common.domain.nextflow.texts import NEAR, line, trace

Tasks = dict[str, Task]
PLACES = st.lists(st.integers(min_value=0, max_value=10_000), max_size=8)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """`data` in pieces, cut at `places` (positions modulo its length)."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def read_in_pieces(file: str, pieces: list[bytes]) -> tuple[FileCursor, list[LogRecord], Tasks]:
    """What is stored after each piece was read and saved: cursor, entries by number, tasks.

    Reading must not change the cursor it starts from, which is compared with the stored one.
    """
    cursor, entries, tasks, data = FileCursor(), dict[int, LogRecord](), Tasks(), b""
    for piece in pieces:
        before, data = deepcopy(cursor), data + piece
        reading = read_upload(file, cursor, data)
        if file == NEXTFLOW_LOG:
            summary_so_far(cursor, near=NEAR)
        assert cursor == before
        entries |= dict(enumerate(reading.records, start=cursor.next_number))
        tasks = merged(tasks, reading)
        cursor = reading.cursor
    return cursor, [entries[number] for number in sorted(entries)], tasks


def read_upload(file: str, cursor: FileCursor, data: bytes, *, generation: int = 1) -> Reading:
    """What is new in a file that now holds `data`."""
    part = range_to_read(cursor, generation=generation, size=len(data), at_most=1 << 20)
    return read_next(file, cursor, part, data[part.start : part.end], near=NEAR)


def merged(tasks: Tasks, reading: Reading) -> Tasks:
    known = dict(tasks)
    for task in reading.tasks:
        known[task.hash] = merge(known.get(task.hash), task, reading.source)
    return known


def summary_after(cursor: FileCursor) -> LogSummary:
    return summary_so_far(cursor, near=NEAR)


@given(st.sampled_from([FINISHED_LOG, FAILED_LOG]), PLACES)
def test_a_log_in_any_pieces_gives_the_same_entries_and_tasks_as_in_one(log: bytes, places: list[int]) -> None:
    whole, pieces = read_in_pieces(NEXTFLOW_LOG, [log]), read_in_pieces(NEXTFLOW_LOG, cut(log, places))
    assert pieces[1:] == whole[1:]


@pytest.mark.parametrize("log", [FINISHED_LOG, FAILED_LOG], ids=["finished", "failed"])
def test_a_log_read_line_by_line_gives_the_same_entries_and_tasks_as_in_one(log: bytes) -> None:
    whole, lines = read_in_pieces(NEXTFLOW_LOG, [log]), read_in_pieces(NEXTFLOW_LOG, log.splitlines(keepends=True))
    assert lines[1:] == whole[1:]


@given(st.sampled_from([FINISHED_LOG, FAILED_LOG]), PLACES)
def test_a_log_in_any_pieces_gives_the_same_summary_as_in_one(log: bytes, places: list[int]) -> None:
    (whole, *_), (pieces, *_) = read_in_pieces(NEXTFLOW_LOG, [log]), read_in_pieces(NEXTFLOW_LOG, cut(log, places))
    assert pieces == whole
    assert summary_after(pieces) == summary_after(whole)


@given(PLACES)
def test_a_trace_in_any_pieces_gives_the_same_tasks_as_in_one(places: list[int]) -> None:
    whole, pieces = read_in_pieces(TRACE, [FAILED_TRACE]), read_in_pieces(TRACE, cut(FAILED_TRACE, places))
    assert pieces == whole


@given(st.binary(max_size=400))
def test_every_byte_of_a_log_belongs_to_exactly_one_entry(log: bytes) -> None:
    records = read_log(FileCursor(), log, near=NEAR).records
    assert [record.start for record in records] == [0, *(record.end for record in records)][: len(records)]
    assert sum(record.end - record.start for record in records) == len(log)


@given(st.sampled_from([NEXTFLOW_LOG, TRACE]), st.binary(max_size=400))
def test_any_bytes_can_be_read(file: str, data: bytes) -> None:
    assert read_upload(file, FileCursor(), data).cursor.byte_offset == len(data)


def test_the_open_record_is_returned_and_keeps_its_number() -> None:
    first = read_log(FileCursor(), line("one").encode() + b"Nov-23 06:29:30.200 [main] DEBUG a.B - tw", near=NEAR)
    then = read_log(first.cursor, b"o\n", near=NEAR)
    assert [record.message for record in first.records] == ["one", "tw"]
    assert [record.message for record in then.records] == ["two"]
    assert (first.cursor.next_number, then.cursor.next_number) == (1, 1)


def test_a_whole_line_in_the_open_record_gives_its_task() -> None:
    reading = read_log(FileCursor(), line("[ab/cdef01] Submitted process > FASTQC (a)").encode(), near=NEAR)
    assert [(task.hash, task.status) for task in reading.tasks] == [("ab/cdef01", TaskStatus.SUBMITTED)]


def test_half_a_line_gives_no_task() -> None:
    half = line("[ab/cdef01] Submitted process > FASTQC (a)").encode()[:-6]
    assert read_log(FileCursor(), half, near=NEAR).tasks == []


def test_the_open_record_counts_in_the_summary_and_not_in_the_cursor() -> None:
    reading = read_log(FileCursor(), line("one").encode() + line("> Execution complete -- Goodbye").encode(), near=NEAR)
    assert LogSummary.from_json(reading.cursor.summary).goodbye is False
    assert summary_after(reading.cursor).goodbye is True


def test_before_reading_the_summary_is_empty() -> None:
    assert summary_after(FileCursor()) == LogSummary()


def test_the_summary_of_a_failed_run_has_task_and_exit_code() -> None:
    summary = summary_after(read_log(FileCursor(), FAILED_LOG, near=NEAR).cursor)
    assert summary.error_task == "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)"
    assert summary.exit_code == 137
    assert summary.goodbye


def test_unreadable_rows_of_a_trace_are_kept_with_their_reason() -> None:
    text = trace("1|zz/nothash|-|a|COMPLETED|0|-|-|-|-|-|-|-|-", "2|ab/cdef01|-|b|COMPLETED|0|-|-|-|-|-|-|-|-")
    reading = read_trace(FileCursor(), text.encode())
    assert [task.name for task in reading.tasks] == ["b"]
    assert reading.cursor.skipped_count == 1
    assert reading.cursor.skipped[0]["line_number"] == 2
    assert "not a task's hash" in reading.cursor.skipped[0]["reason"]


def test_all_unreadable_rows_are_counted() -> None:
    rows = [f"{number}|zz/nothash|-|a|COMPLETED|0|-|-|-|-|-|-|-|-" for number in range(KEPT_SKIPPED + 5)]
    cursor = read_trace(FileCursor(), trace(*rows).encode()).cursor
    assert (len(cursor.skipped), cursor.skipped_count) == (KEPT_SKIPPED, KEPT_SKIPPED + 5)


def test_the_cursor_moves_to_the_end_of_the_data() -> None:
    data = line("one").encode()
    after = read_upload(NEXTFLOW_LOG, FileCursor(), data, generation=7).cursor
    assert (after.generation, after.byte_offset, after.boundary) == (7, len(data), checksum(data))


@pytest.mark.parametrize(("file", "source"), [(NEXTFLOW_LOG, TaskSource.LOG), (TRACE, TaskSource.TRACE)])
def test_a_restarted_file_is_reset_before_it_is_read(file: str, source: TaskSource) -> None:
    before = read_upload(file, FileCursor(), FAILED_LOG).cursor
    reading = read_upload(file, before, b"other bytes", generation=2)
    assert (reading.tasks, reading.records, reading.source) == ((), (), source)
    assert (reading.cursor.part, reading.cursor.byte_offset, reading.cursor.generation) == (1, 0, 1)


@pytest.mark.parametrize("file", [NEXTFLOW_LOG, TRACE])
@pytest.mark.parametrize("size", [0, 1, 500, len(FAILED_LOG) - 1])
def test_a_file_that_was_cut_off_changes_nothing(file: str, size: int) -> None:
    before = read_upload(file, FileCursor(), FAILED_LOG).cursor
    reading = read_upload(file, before, FAILED_LOG[:size], generation=2)
    assert (reading.tasks, reading.records, reading.cursor) == ((), (), before)


def restarted_after(log: bytes, restarted: bytes) -> FileCursor:
    """The cursor after a log that was restarted and read up to `restarted`."""
    before = read_upload(NEXTFLOW_LOG, FileCursor(), log).cursor
    start = read_upload(NEXTFLOW_LOG, before, restarted, generation=2).cursor
    return read_upload(NEXTFLOW_LOG, start, restarted, generation=2).cursor


def test_a_restarted_log_keeps_the_failure_until_it_says_how_the_run_ended() -> None:
    earlier = summary_after(read_log(FileCursor(), FAILED_LOG, near=NEAR).cursor)
    assert summary_after(restarted_after(FAILED_LOG, line("restarted").encode())) == earlier
    assert summary_after(restarted_after(FAILED_LOG, b"Nov")) == earlier
    assert (
        summary_after(restarted_after(FAILED_LOG, line("restarted").encode() + FINISHED_LOG)).outcome
        == Outcome.COMPLETED
    )


def test_the_failure_survives_two_restarts() -> None:
    twice = restarted_after(FAILED_LOG, line("restarted").encode())
    start = read_upload(NEXTFLOW_LOG, twice, b"Dec", generation=3).cursor
    again = read_upload(NEXTFLOW_LOG, start, b"Dec", generation=3).cursor
    assert (again.part, summary_after(again).error_task) == (2, "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample_2)")


@pytest.mark.parametrize(
    ("data", "next_number"),
    [(b"", 0), (line("one").encode(), 1), (line("one").encode() * 2, 2), (line("one").encode() + b"tw", 1)],
    ids=["nothing", "one open", "one closed, one open", "an open one of two lines"],
)
def test_a_restart_does_not_reuse_the_number_of_the_open_entry(data: bytes, next_number: int) -> None:
    before = replace(read_upload(NEXTFLOW_LOG, FileCursor(), data).cursor, boundary="other", beginning=b"other")
    assert read_upload(NEXTFLOW_LOG, before, b"restarted" * 99).cursor.next_number == next_number


def test_a_restarted_trace_skips_no_number() -> None:
    before = replace(read_upload(TRACE, FileCursor(), FAILED_TRACE[:-5]).cursor, boundary="other", beginning=b"other")
    assert read_upload(TRACE, before, FAILED_TRACE).cursor.next_number == 0


def test_a_reading_names_its_source() -> None:
    assert read_upload(NEXTFLOW_LOG, FileCursor(), b"").source == TaskSource.LOG
    assert read_upload(TRACE, FileCursor(), b"").source == TaskSource.TRACE
