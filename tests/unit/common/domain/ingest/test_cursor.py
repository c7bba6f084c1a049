from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from common.domain.ingest.cursor import (
    BEGINNING_BYTES,
    BOUNDARY_BYTES,
    KEPT_SKIPPED,
    ByteRange,
    FileCursor,
    advanced,
    checksum,
    has_restarted,
    is_cut_off,
    keep_newest,
    range_to_read,
    restarted,
)

BYTES = st.binary(max_size=300)


def read_up_to(data: bytes) -> FileCursor:
    """The cursor after all of `data` was read."""
    beginning = data[:BEGINNING_BYTES]
    return FileCursor(generation=1, byte_offset=len(data), boundary=checksum(data), beginning=beginning)


def next_part(cursor: FileCursor, file: bytes, *, at_most: int = 1000) -> ByteRange:
    return range_to_read(cursor, generation=2, size=len(file), at_most=at_most)


def restarts(cursor: FileCursor, file: bytes) -> bool:
    """Whether `file` counts as restarted after `cursor`."""
    part = next_part(cursor, file)
    return has_restarted(cursor, part, file[part.start : part.end][: part.overlap])


@given(BYTES, BYTES)
def test_a_file_that_has_grown_has_not_restarted(before: bytes, more: bytes) -> None:
    assert not restarts(read_up_to(before), before + more)


@given(BYTES, BYTES)
def test_a_file_with_other_bytes_where_reading_stopped_has_restarted(before: bytes, other: bytes) -> None:
    assume(len(other) >= len(before))
    assume(other[: len(before)][-BOUNDARY_BYTES:] != before[-BOUNDARY_BYTES:])
    assert restarts(read_up_to(before), other)


@given(st.binary(min_size=1, max_size=3000), st.data())
def test_a_shorter_file_with_the_same_beginning_was_cut_off(before: bytes, data: st.DataObject) -> None:
    cursor = read_up_to(before)
    shorter = before[: data.draw(st.integers(0, len(before) - 1))]
    assert not restarts(cursor, shorter)
    assert is_cut_off(cursor, next_part(cursor, shorter))


@given(BYTES, BYTES)
def test_a_shorter_file_with_another_beginning_has_restarted(before: bytes, other: bytes) -> None:
    assume(len(other) < len(before))
    assume(other != before[: len(other)])
    assert restarts(read_up_to(before), other)


@given(BYTES, BYTES)
def test_a_file_that_is_not_shorter_was_not_cut_off(before: bytes, more: bytes) -> None:
    cursor = read_up_to(before)
    assert not is_cut_off(cursor, next_part(cursor, before + more))


def test_without_a_known_beginning_a_shorter_file_counts_as_cut_off() -> None:
    of_an_older_release = FileCursor(generation=1, byte_offset=9, boundary=checksum(b"some text"))
    assert not restarts(of_an_older_release, b"other")
    part = next_part(of_an_older_release, b"some text and more")
    assert advanced(of_an_older_release, part, b"some text and more").beginning == b""


@given(BYTES)
def test_a_file_that_was_never_read_has_not_restarted(file: bytes) -> None:
    assert not restarts(FileCursor(), file)


@given(BYTES, BYTES, st.integers(min_value=1, max_value=100))
def test_the_next_range_holds_at_most_the_allowed_number_of_new_bytes(before: bytes, more: bytes, at_most: int) -> None:
    file = before + more
    part = next_part(read_up_to(before), file, at_most=at_most)
    assert file[part.start : part.end][part.overlap :] == more[:at_most]
    assert part.overlap <= BOUNDARY_BYTES


@given(BYTES, BYTES)
def test_the_cursor_at_the_end_of_a_file_does_not_depend_on_the_chunks(before: bytes, more: bytes) -> None:
    file, cursor = before + more, read_up_to(before)
    part = next_part(cursor, file)
    assert advanced(cursor, part, file[part.start : part.end]) == replace(read_up_to(file), generation=2)


def test_the_generation_changes_only_at_the_end_of_the_file() -> None:
    part = next_part(FileCursor(), b"abc", at_most=2)
    expected = FileCursor(generation=0, byte_offset=2, boundary=checksum(b"ab"), beginning=b"ab")
    assert advanced(FileCursor(), part, b"ab") == expected


def test_a_restart_resets_the_position_and_continues_the_numbers() -> None:
    before = FileCursor(
        generation=7,
        byte_offset=90,
        boundary="x",
        beginning=b"y",
        part=1,
        next_number=5,
        reader={"a": 1},
        summary={"b": 2},
    )
    assert restarted(before, had_open_record=True) == FileCursor(generation=7, part=2, next_number=6)


def test_without_an_open_record_no_number_is_skipped() -> None:
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
