"""Reading server-sent events."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sluice.errors import UnavailableError
from sluice.sse import StreamEvent, events_in, lines_in


def test_an_event_has_its_kind_data_and_id() -> None:
    lines = ["retry: 2000", "id: 7", "event: status", 'data: {"status": "running"}', ""]
    assert list(events_in(lines)) == [StreamEvent("status", {"status": "running"}, "7")]


def test_the_last_id_holds_for_events_without_one() -> None:
    lines = ["id: 7", "data: {}", "", "event: entry", 'data: {"open": true}', ""]
    assert [event.id for event in events_in(lines)] == ["7", "7"]


def test_heartbeats_and_unknown_fields_are_no_events() -> None:
    assert list(events_in([": keep-alive", "", "colour: red", ""])) == []


def test_an_event_that_was_cut_off_is_left_out() -> None:
    assert list(events_in(["event: done", "data: {}"])) == []


def test_data_over_several_lines_is_one_object() -> None:
    assert next(events_in(['data: {"a":', "data: 1}", ""])).data == {"a": 1}


@pytest.mark.parametrize("data", ["[1]", "{", "done"])
def test_data_that_is_no_object_is_refused(data: str) -> None:
    with pytest.raises(UnavailableError, match="not a JSON object"):
        list(events_in([f"data: {data}", ""]))


@given(text=some.text(), cuts=some.lists(some.integers(0, 200)))
def test_lines_do_not_depend_on_how_the_bytes_arrive(text: str, cuts: list[int]) -> None:
    sent = text.encode() + b"\n"
    places = [0, *sorted(min(cut, len(sent)) for cut in cuts), len(sent)]
    pieces = [sent[start:end] for start, end in itertools.pairwise(places)]
    assert list(lines_in(pieces)) == [line.removesuffix("\r") for line in text.split("\n")]


def test_a_line_ends_at_line_feeds_only() -> None:
    assert list(lines_in(["a\u2028b\x85c\r\n".encode()])) == ["a\u2028b\x85c"]
