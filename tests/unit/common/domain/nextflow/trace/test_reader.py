"""The trace reader: lines, rows and pieces."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.nextflow.trace.reader import LINE_LIMIT, SkippedRow, TraceReader, TraceReaderState
from common.domain.nextflow.trace.row import TraceRow
from tests.support.doubling import assert_linear
from tests.unit.common.domain.nextflow.texts import DEFAULT_COLUMNS, row_in, rows_of, skipped_in, trace

FASTQC = "1|ab/12cdef|9|FASTQC (s1)|COMPLETED|0|2026-11-23 06:29:30.123|5.2s|4s|98.1%|1 GB|2 GB|1 MB|0"
STAR = "2|cd/34abcd|-|STAR (s1)|ABORTED|-|-|-|-|-|-|-|-|-"
WITH_TAG = ("task_id", "hash", "tag", "name", "status")


def read_in_pieces(data: bytes, cuts: list[int]) -> list[TraceRow | SkippedRow]:
    """All rows of `data` cut at `cuts`, each piece read by a new reader."""
    state = TraceReaderState()
    found: list[TraceRow | SkippedRow] = []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        reader = TraceReader(state=TraceReaderState.from_json(json.loads(json.dumps(state.as_json()))))
        found += reader.feed(data[start:end])
        state = reader.state
        assert state.offset == end
    return found + TraceReader(state=state).finish()


def names(rows: list[TraceRow | SkippedRow]) -> list[str]:
    return [row.name if isinstance(row, TraceRow) else f"skipped {row.line_number}" for row in rows]


def test_a_trace_is_read_row_by_row() -> None:
    fastqc, star = rows_of(trace(FASTQC, STAR))

    assert isinstance(fastqc, TraceRow)
    assert (fastqc.task_id, fastqc.hash, fastqc.status, fastqc.duration_ms) == (1, "ab/12cdef", "COMPLETED", 5_200)
    assert isinstance(star, TraceRow)
    assert (star.status, star.exit_code, star.native_id) == ("ABORTED", None, None)


def test_a_trace_with_only_a_header_has_no_rows() -> None:
    assert rows_of(trace()) == []


def test_an_empty_file_has_no_rows() -> None:
    assert rows_of("") == []


def test_columns_may_come_in_any_order() -> None:
    text = trace("FAILED|P (x)|/w/1b/ca3418d2|12", columns=("status", "name", "workdir", "native_id"))

    row = row_in(text)

    assert (row.hash, row.name, row.status, row.native_id) == ("1b/ca3418", "P (x)", "FAILED", "12")


def test_a_semicolon_in_a_tag_does_not_separate_fields() -> None:
    text = "task_id;hash;tag;name;status;exit\n5;ab/12cdef;a;b:1;P (a;b:1);COMPLETED;0\n"

    row = row_in(text)

    assert (row.tag, row.name, row.process, row.exit_code) == ("a;b:1", "P (a;b:1)", "P", 0)


def test_crlf_is_a_line_end() -> None:
    assert row_in(trace(FASTQC).replace("\n", "\r\n")).wchar == 0


def test_rows_come_in_the_order_of_the_file() -> None:
    assert names(rows_of(trace(STAR, FASTQC))) == ["STAR (s1)", "FASTQC (s1)"]


def test_an_unfinished_line_waits_for_its_end() -> None:
    reader, data = TraceReader(), trace(FASTQC).encode()

    assert reader.feed(data[:-1]) == []
    assert names(reader.feed(b"\n")) == ["FASTQC (s1)"]


def test_the_last_line_may_lack_a_newline() -> None:
    assert names(rows_of(trace(FASTQC)[:-1])) == ["FASTQC (s1)"]


@pytest.mark.parametrize("lost", range(1, 12))
def test_the_last_cell_of_a_line_that_was_cut_off_is_unknown(lost: int) -> None:
    columns = ("task_id", "hash", "name", "status", "workdir")
    text = trace("1|ab/12cdef|P (x)|COMPLETED|/w/ab/12cdef77", columns=columns)[:-lost]

    row = row_in(text)

    assert (row.task_id, row.hash, row.status, row.work_dir) == (1, "ab/12cdef", "COMPLETED", None)


def test_the_last_cell_of_a_spread_row_that_was_cut_off_is_unknown() -> None:
    text = trace("5|ab/12cdef|a\nb|P (a\nb)|COMPLETED|137", columns=(*WITH_TAG, "exit"))[:-2]

    row = row_in(text)

    assert (row.name, row.status, row.exit_code) == ("P (a\nb)", "COMPLETED", None)


def test_a_tag_with_newlines_does_not_break_the_row() -> None:
    text = trace("5|ab/12cdef|a\nb|P (a\nb)|COMPLETED", "6|cd/34abcd|-|Q|FAILED", columns=WITH_TAG)

    first, second = rows_of(text)

    assert isinstance(first, TraceRow)
    assert (first.tag, first.name, first.status) == ("a\nb", "P (a\nb)", "COMPLETED")
    assert names([second]) == ["Q"]


def test_a_truncated_row_does_not_affect_other_rows() -> None:
    text = trace("5|ab/12cdef|a", "6|cd/34abcd|-|Q|FAILED", "7|ef", "x", "8|cd/56abcd|-|R|FAILED", columns=WITH_TAG)

    rows = rows_of(text)

    assert names(rows) == ["skipped 2", "Q", "skipped 4", "skipped 5", "R"]


def test_a_row_over_several_lines_is_joined_after_a_skipped_line() -> None:
    text = trace("junk", "5|ab/12cdef|a\nb|P (a\nb)|COMPLETED", columns=WITH_TAG)

    assert names(rows_of(text)) == ["skipped 2", "P (a\nb)"]


def test_lines_are_not_joined_if_a_cell_cannot_be_read() -> None:
    text = trace("5|ab/12cdef|a", "P (a)|COMPLETE", columns=WITH_TAG)

    assert names(rows_of(text)) == ["skipped 2", "skipped 3"]


def test_many_short_lines_cost_linear_time() -> None:
    assert_linear(lambda text: TraceReader().feed(text.encode()), "x\n", trace())


def test_a_truncated_last_row_is_skipped_at_the_end_of_the_file() -> None:
    skipped = skipped_in(trace("5|ab/12cdef|a", columns=WITH_TAG))

    assert skipped == SkippedRow(
        line="5\tab/12cdef\ta", line_number=2, reason="fewer fields than the header has columns"
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (FASTQC.replace("COMPLETED", "DONE"), "unknown status: 'DONE'"),
        (FASTQC + "|surplus", "15 fields, the header has 14 columns"),
        ("|".join(DEFAULT_COLUMNS), "task_id is not a number: 'task_id'"),
    ],
)
def test_a_line_that_is_not_a_row_is_kept_with_the_reason(row: str, reason: str) -> None:
    assert skipped_in(trace(row)) == SkippedRow(line=row.replace("|", "\t"), line_number=2, reason=reason)


def test_blank_lines_are_ignored() -> None:
    assert names(rows_of(trace(FASTQC) + "\n\n")) == ["FASTQC (s1)"]


def test_a_file_without_a_header_has_no_rows() -> None:
    assert skipped_in("<html>\n<body>\n").reason == "the first line of the file is not a trace header"


def test_invalid_utf8_and_nul_are_replaced() -> None:
    assert row_in(trace(FASTQC).encode().replace(b"(s1)", b"(\xff\x00)")).tag == "\ufffd\ufffd"


def test_a_giant_line_is_skipped_in_bounded_memory() -> None:
    reader = TraceReader()
    reader.feed(trace().encode())
    for _ in range(30):
        reader.feed(b"x" * 100_000)

    assert len(reader.state.pending) <= LINE_LIMIT + 1
    skipped, row = reader.feed(b"\n" + trace(FASTQC).encode().split(b"\n")[1] + b"\n")
    assert isinstance(skipped, SkippedRow)
    assert skipped.reason == "longer than 1048576 bytes"
    assert len(skipped.line) == 1000
    assert isinstance(row, TraceRow)


LINES = st.sampled_from([FASTQC, STAR, "", "-", "1|ab/12cdef|a", "x\ny", FASTQC.replace("s1", "s\n1")])
ANY_TRACE = st.one_of(
    st.lists(LINES, max_size=8).map(lambda lines: trace(*lines).encode()),
    st.lists(st.binary(max_size=30), max_size=8).map(lambda lines: b"\n".join([b"name;tag;hash", *lines])),
    st.binary(max_size=200),
)


@given(ANY_TRACE, st.lists(st.integers(0, 700), max_size=6))
@settings(deadline=None)
def test_any_bytes_in_any_pieces_give_the_same_rows(data: bytes, cuts: list[int]) -> None:
    assert read_in_pieces(data, cuts) == rows_of(data)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r|\t"), min_size=1), max_size=6))
def test_no_line_disappears(lines: list[str]) -> None:
    assert len(rows_of(trace(*lines))) == len([line for line in lines if line])
