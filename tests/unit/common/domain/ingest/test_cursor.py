from hypothesis import assume, given
from hypothesis import strategies as st

from common.domain.ingest.cursor import (
    BOUNDARY_BYTES,
    KEPT_SKIPPED,
    FileCursor,
    checksum,
    has_restarted,
    keep_newest,
    range_to_read,
    restarted,
)

BYTES = st.binary(max_size=300)


def read_up_to(data: bytes) -> FileCursor:
    """The cursor after all of `data` was read."""
    return FileCursor(generation=1, byte_offset=len(data), boundary=checksum(data))


def overlap_in(cursor: FileCursor, file: bytes) -> bytes:
    """What is read again of `file` to prove that it goes on from `cursor`."""
    part = range_to_read(cursor, size=len(file), at_most=1000)
    return file[part.start : max(part.start, part.end)][: part.overlap]


@given(BYTES, BYTES)
def test_a_file_that_grew_has_not_restarted(before: bytes, more: bytes) -> None:
    file, cursor = before + more, read_up_to(before)
    assert not has_restarted(cursor, size=len(file), overlap=overlap_in(cursor, file))


@given(BYTES, BYTES)
def test_a_file_with_other_bytes_where_reading_stopped_has_restarted(before: bytes, other: bytes) -> None:
    cursor = read_up_to(before)
    assume(other[: len(before)][-BOUNDARY_BYTES:] != before[-BOUNDARY_BYTES:])
    assert has_restarted(cursor, size=len(other), overlap=overlap_in(cursor, other))


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_file_that_became_shorter_has_restarted(before: bytes, data: st.DataObject) -> None:
    shorter = before[: data.draw(st.integers(0, len(before) - 1))]
    cursor = read_up_to(before)
    assert has_restarted(cursor, size=len(shorter), overlap=overlap_in(cursor, shorter))


@given(BYTES)
def test_a_file_that_was_never_read_has_not_restarted(file: bytes) -> None:
    assert not has_restarted(FileCursor(), size=len(file), overlap=b"")


@given(BYTES, BYTES, st.integers(min_value=1, max_value=100))
def test_one_go_reads_the_next_bytes_and_no_more_than_allowed(before: bytes, more: bytes, at_most: int) -> None:
    file = before + more
    part = range_to_read(read_up_to(before), size=len(file), at_most=at_most)
    assert file[part.start : part.end][part.overlap :] == more[:at_most]
    assert part.overlap <= BOUNDARY_BYTES


def test_a_restarted_file_is_read_from_its_start_and_numbers_go_on() -> None:
    before = FileCursor(
        generation=7, byte_offset=90, boundary="x", part=1, next_number=5, reader={"a": 1}, summary={"b": 2}
    )
    assert restarted(before, had_open_record=True) == FileCursor(generation=7, part=2, next_number=6)


def test_a_number_that_no_entry_took_is_not_skipped() -> None:
    assert restarted(FileCursor(next_number=5), had_open_record=False).next_number == 5


def test_unreadable_lines_survive_a_restart() -> None:
    before = FileCursor(skipped=[{"line": "x"}], skipped_count=3)
    after = restarted(before, had_open_record=False)
    assert (after.skipped, after.skipped_count) == ([{"line": "x"}], 3)


def test_only_the_newest_unreadable_lines_are_kept() -> None:
    kept = keep_newest([{"line": "old"}], [{"line": str(number)} for number in range(KEPT_SKIPPED)])
    assert len(kept) == KEPT_SKIPPED
    assert kept[-1] == {"line": str(KEPT_SKIPPED - 1)}
    assert {"line": "old"} not in kept
