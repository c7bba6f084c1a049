"""Splitting the lines of a trace into cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.trace.layout import MOST_COLUMNS, TraceLayout, UnreadableRow

HEADER = "task_id;hash;process;tag;name;status;exit;workdir"
TAG = "taxa:mitochondria;min-freq:10;min-samples:2"


@pytest.mark.parametrize("separator", ["\t", ";", ",", " | "])
def test_the_header_shows_the_separator(separator: str) -> None:
    layout = TraceLayout(separator.join(["task_id", "%cpu", "name"]))

    assert layout.cells_of(separator.join(["1", "9%", "P (a)"])) == {"task_id": "1", "%cpu": "9%", "name": "P (a)"}


def test_a_byte_order_mark_is_not_part_of_the_first_column() -> None:
    assert TraceLayout("\ufeffname\thash").cells_of("P\tab/12cdef") == {"name": "P", "hash": "ab/12cdef"}


def test_a_tag_with_separators_is_assigned_to_tag_and_name() -> None:
    cells = TraceLayout(HEADER).cells_of(f"7;ab/12cdef;P;{TAG};P ({TAG});COMPLETED;0;/w/ab/12cdef0")

    assert (cells["tag"], cells["name"], cells["workdir"]) == (TAG, f"P ({TAG})", "/w/ab/12cdef0")


def test_a_name_with_separators_is_read_without_a_column_for_the_tag() -> None:
    cells = TraceLayout("hash;name;status").cells_of("ab/12cdef;P (a;b;c);FAILED")

    assert (cells["name"], cells["status"]) == ("P (a;b;c)", "FAILED")


def test_columns_may_have_any_order() -> None:
    cells = TraceLayout("name;workdir;status;tag").cells_of("P (a;b);/w;CACHED;a;b")

    assert cells == {"name": "P (a;b)", "workdir": "/w", "status": "CACHED", "tag": "a;b"}


@pytest.mark.parametrize(
    "line",
    [
        "7;ab/12cdef;P;a",  # too short
        "7;ab/12cdef;P;a;P (a);COMPLETED;0;/w;/x",  # the extra separator is in neither tag nor name
        f"7;ab/12cdef;P;a;P (a);COMPLETED;0;/w{';' * 1000}",
    ],
)
def test_fields_that_cannot_be_assigned_are_refused(line: str) -> None:
    with pytest.raises(UnreadableRow, match="the header has 8 columns"):
        TraceLayout(HEADER).cells_of(line)


def test_a_file_that_is_not_a_trace_is_refused() -> None:
    with pytest.raises(UnreadableRow, match="not a trace header"):
        TraceLayout("<html>").cells_of("<body>")


def test_missing_fields_is_positive_for_short_and_negative_for_long_lines() -> None:
    layout = TraceLayout("name\thash")

    assert [layout.missing_fields(line) for line in ("P", "P\tab/12cdef", "P\tab/12cdef\tx")] == [1, 0, -1]


@given(
    st.from_regex(r"[A-Z_:]+", fullmatch=True), st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=40)
)
def test_any_tag_can_be_read(process: str, tag: str) -> None:
    cells = TraceLayout(HEADER).cells_of(f"7;ab/12cdef;{process};{tag};{process} ({tag});COMPLETED;0;/w")

    assert (cells["tag"], cells["name"]) == (tag, f"{process} ({tag})")


def test_the_columns_come_from_the_header() -> None:
    assert list(TraceLayout("\ufefftask_id;name;%cpu").columns) == ["task_id", "name", "%cpu"]


@pytest.mark.parametrize(("count", "is_read"), [(MOST_COLUMNS, True), (MOST_COLUMNS + 1, False), (100_000, False)])
def test_a_header_with_any_number_of_columns_is_bounded(count: int, is_read: bool) -> None:
    layout = TraceLayout("\t".join(["task_id", *(f"c{number}" for number in range(count - 1))]))
    row = "\t".join(["1"] * count)

    if is_read:
        assert len(layout.cells_of(row)) == count
    else:
        assert not layout.columns
        with pytest.raises(UnreadableRow, match="more than 200 columns"):
            layout.cells_of(row)
