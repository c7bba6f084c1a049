"""The log reader: records, bytes and pieces."""

import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.nextflow.log.records import MESSAGE_LIMIT, LogReader, LogReaderState, LogRecord
from common.domain.text.storable import storage_problem
from tests.support.doubling import assert_linear
from tests.unit.common.domain.nextflow.texts import NEAR, line, records_of

TWO_RECORDS = line("Session start") + line("Session await", level="INFO", thread="Actor Thread 12")


def read_in_pieces(data: bytes, cuts: list[int]) -> list[LogRecord]:
    """All records of `data` cut at `cuts`, each piece read by a new reader."""
    state, found = LogReaderState(), []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        reader = LogReader(NEAR, LogReaderState.from_json(json.loads(json.dumps(state.as_json()))))
        found += reader.feed(data[start:end])
        state = reader.state
        assert state.offset == end
    return found + LogReader(NEAR, state).finish()


def test_a_head_is_split_into_its_parts() -> None:
    text = line("Submitting", thread="Task submitter", level="INFO", logger="n.processor.TaskPollingMonitor")

    (record,) = records_of(text)

    assert record == LogRecord(
        start=0,
        end=len(text),
        timestamp=datetime(2026, 11, 23, 6, 29, 30, 123_000, tzinfo=UTC),
        level="INFO",
        thread="Task submitter",
        logger="n.processor.TaskPollingMonitor",
        text=b"Submitting",
    )
    assert record.message == "Submitting"


@pytest.mark.parametrize("month", ["Nov", "Oct.", "11月", "de nov.", "Nowhere", "11?", "ноя."])
def test_a_head_may_have_a_month_in_any_language(month: str) -> None:
    first, second = records_of(line("one") + line("two", stamp=f"{month}-23 06:29:31.000"))

    assert first.message == "one"
    assert second.message == "two"


def test_an_unknown_month_gives_no_time() -> None:
    (record,) = records_of(line("one", stamp="Smarch-23 06:29:31.000"))

    assert record.timestamp is None
    assert record.level == "DEBUG"


@pytest.mark.parametrize("level", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"])
def test_levels_are_padded_to_five_letters(level: str) -> None:
    (record,) = records_of(line("one", level=level))

    assert (record.level, record.message) == (level, "one")


@pytest.mark.parametrize("thread", ["Task submitter", "Actor Thread 7", "AWSBatch-executor-1", "pool[3]", "a] b"])
def test_a_thread_may_contain_spaces_and_brackets(thread: str) -> None:
    (record,) = records_of(line("one", thread=thread))

    assert record.thread == thread


def test_a_logger_may_contain_a_dollar_sign() -> None:
    (record,) = records_of(line("one", logger="nextflow.NextflowMeta$Preview"))

    assert record.logger == "nextflow.NextflowMeta$Preview"


def test_a_message_may_start_in_the_line_after_the_head() -> None:
    (record,) = records_of(line("\n  Version: 25.10.4 build 10555\n  Created: 28-11-2025 19:24 UTC"))

    assert record.message == "\n  Version: 25.10.4 build 10555\n  Created: 28-11-2025 19:24 UTC"


def test_blank_and_unindented_lines_continue_the_record() -> None:
    message = (
        "Oops\n\n[process] X\n  status=ACTIVE\n\njava.lang.Error: x\n\tat a.b(C.java:1)\n\t... 3 common frames omitted"
    )

    first, second = records_of(line(message) + line("next"))

    assert (first.message, second.message) == (message, "next")


def test_a_record_of_a_thousand_lines_is_one_record() -> None:
    message = "StackOverflowError\n" + "\tat x.y.Z(Z.java:1)\n" * 1_024

    first, _ = records_of(line(message) + line("next"))

    assert first.message == message


@pytest.mark.parametrize(
    "near_miss",
    [
        "  2019-10-03 19:08:46 - MEGAHIT v1.2.8",
        "  Nov-23 06:29:31.000 [main] DEBUG nextflow.Session - the log of another Nextflow",
        "Nov-23 06:29:31.000 [main] no level - x",
        "Nov-23 06:29:31,000 [main] DEBUG nextflow.Session - a comma",
        "log:Nov-23 06:29:31.000 [main] DEBUG nextflow.Session - found by grep",
        "-23 06:29:31.000 [main] DEBUG nextflow.Session - no month",
    ],
)
def test_a_line_that_resembles_a_head_continues_the_record(near_miss: str) -> None:
    (record,) = records_of(line(f"one\n{near_miss}"))

    assert record.message == f"one\n{near_miss}"


def test_a_line_of_any_length_is_read_on() -> None:
    huge = '  [{"cpuUsage":' + "9" * 300_000
    data = (line(f"Report\n{huge}") + line("next")).encode()

    found = read_in_pieces(data, list(range(0, len(data), 65_536)))

    assert [record.message for record in found] == [f"Report\n{huge}", "next"]


def test_the_first_part_of_a_giant_record_is_kept() -> None:
    data = (line("x" * (MESSAGE_LIMIT + 41_000)) + line("next")).encode()

    whole = records_of(data)
    cut = read_in_pieces(data, list(range(0, len(data), 50_000)))

    assert whole == cut
    assert whole[0].message == "x" * MESSAGE_LIMIT + "\n[… 41001 more bytes in the log file]"
    assert whole[0].end == whole[1].start == len(data) - len(line("next"))


def test_the_state_of_a_giant_record_stays_small() -> None:
    reader = LogReader(NEAR)
    for _ in range(40):
        reader.feed(b"x" * 100_000)

    assert reader.state.offset == 4_000_000
    assert len(reader.state.open_bytes) < MESSAGE_LIMIT + 2_000


def test_a_giant_line_in_small_pieces_costs_linear_time() -> None:
    def read(text: str) -> None:
        reader = LogReader(NEAR)
        for start in range(0, len(text), 500):
            reader.feed(text[start : start + 500].encode())

    assert_linear(read, "x", longest=4_000_000)


def test_crlf_is_a_line_end() -> None:
    text = (line("one\n  two") + line("three")).replace("\n", "\r\n")

    first, second = records_of(text)

    assert (first.message, second.message) == ("one\n  two", "three")
    assert second.end == len(text)


def test_only_the_message_loses_its_colours() -> None:
    text = line("-\x1b[2m----\x1b[0m-\n\x1b[0;35m  nf-core/scrnaseq v2.7.1\x1b[0m")

    (record,) = records_of(text)

    assert record.message == "------\n  nf-core/scrnaseq v2.7.1"
    assert record.end == len(text)


def test_only_a_newline_ends_a_line() -> None:
    message = "a\u2028b\x0bc\x0cd\x85e ─ ▶ 📋 ✔"

    (record,) = records_of(line(message))

    assert record.message == message


def test_offsets_count_bytes_not_characters() -> None:
    first, second = records_of(line("📋 ✔") + line("next"))

    assert first.end == second.start == len(line("📋 ✔").encode())


def test_invalid_utf8_and_nul_are_replaced() -> None:
    (record,) = records_of(line("a").encode().replace(b" - a", b" - \xff\x00b"))

    assert record.message == "\ufffd\ufffdb"


def test_only_the_next_head_closes_a_record() -> None:
    reader = LogReader(NEAR)

    assert reader.feed(line("one").encode()) == []
    assert [record.message for record in reader.feed(line("two").encode())] == ["one"]


def test_the_open_record_shows_an_unfinished_line() -> None:
    reader = LogReader(NEAR)
    reader.feed((line("one") + line("two\n  and thr")).encode()[:-1])

    assert reader.open_record is not None
    assert reader.open_record.message == "two\n  and thr"
    assert reader.open_record.end == reader.state.offset


def test_an_incomplete_head_belongs_to_the_record_before_it() -> None:
    reader, head = LogReader(NEAR), line("two").encode()
    closed = reader.feed(line("one").encode() + head[:30])

    assert closed == []
    assert reader.open_record is not None
    assert reader.open_record.message == "one\n" + head[:30].decode()
    assert [record.message for record in reader.feed(head[30:])] == ["one"]


def test_reading_the_open_record_does_not_change_the_reader() -> None:
    reader = LogReader(NEAR)
    reader.feed(line("one").encode())
    before = reader.state

    assert reader.open_record == reader.open_record
    assert reader.state == before


def test_an_empty_file_has_no_record() -> None:
    reader = LogReader(NEAR)

    assert reader.feed(b"") == []
    assert reader.open_record is None
    assert reader.finish() == []


def test_bytes_before_the_first_head_are_a_record_without_one() -> None:
    first, second = records_of("Picked up JAVA_TOOL_OPTIONS\nx\n" + line("one"))

    assert first == LogRecord(0, 30, None, None, None, None, b"Picked up JAVA_TOOL_OPTIONS\nx")
    assert second.message == "one"


def test_the_year_is_known_after_resuming_from_a_state() -> None:
    reader = LogReader(datetime(2025, 12, 31, tzinfo=UTC))
    reader.feed((line("a", stamp="Dec-31 23:59:59.000") + line("b", stamp="Jan-01 00:00:01.000")).encode())
    later = LogReader(datetime(2030, 1, 1, tzinfo=UTC), reader.state)

    (record,) = later.finish()

    assert record.timestamp == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_records_keep_file_order_when_times_go_back() -> None:
    first, second = records_of(line("a", stamp="Nov-23 06:29:30.123") + line("b", stamp="Nov-23 06:29:30.115"))

    assert first.timestamp is not None
    assert second.timestamp is not None
    assert first.timestamp > second.timestamp
    assert first.start < second.start


PIECES = st.sampled_from(
    [line("one"), line("two\n\n  x", stamp="Oct.-03 11:00:00.001"), "junk\n", "\n", "\r\n", "Nov-23 06:29:30.1", " - "]
)
ANY_LOG = st.lists(st.one_of(PIECES.map(str.encode), st.binary(max_size=20)), max_size=12).map(b"".join)


@given(ANY_LOG, st.lists(st.integers(0, 600), max_size=6))
@settings(deadline=None)
def test_any_bytes_in_any_pieces_give_the_same_records(data: bytes, cuts: list[int]) -> None:
    assert read_in_pieces(data, cuts) == records_of(data)


@given(ANY_LOG)
@settings(deadline=None)
def test_every_byte_belongs_to_exactly_one_record(data: bytes) -> None:
    edges = [0, *(record.end for record in records_of(data))]

    assert [record.start for record in records_of(data)] == edges[:-1]
    assert edges[-1] == len(data)


@given(ANY_LOG)
@settings(deadline=None)
def test_each_message_is_shown_as_it_is_stored(data: bytes) -> None:
    for record in records_of(data):
        assert storage_problem(record.message) is None
        assert record.message.encode() == record.text


@given(ANY_LOG)
@settings(deadline=None)
def test_closed_and_open_records_together_cover_all_bytes_read(data: bytes) -> None:
    reader = LogReader(NEAR)
    closed = reader.feed(data)
    still_open = [reader.open_record] if reader.open_record else []

    assert closed + still_open == records_of(data)
