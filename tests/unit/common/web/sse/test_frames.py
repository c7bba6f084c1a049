import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.web.sse.frames import HEADERS, comment, frame, last_event_id, retry


def test_a_frame_has_an_id_a_name_and_json() -> None:
    assert frame("status", {"status": "running"}, 7) == b'id: 7\nevent: status\ndata: {"status":"running"}\n\n'


def test_a_frame_without_an_id_leaves_the_readers_place_alone() -> None:
    assert frame("done", {}) == b"event: done\ndata: {}\n\n"


def test_the_first_event_may_have_the_number_0() -> None:
    assert frame("log", {}, 0).startswith(b"id: 0\n")


@given(st.text())
def test_no_text_breaks_out_of_its_frame(text: str) -> None:
    lines = frame("log", {"message": text}).decode().split("\n")
    assert (lines[0], lines[2:]) == ("event: log", ["", ""])
    expected = text.encode("utf-8", "replace").decode()
    assert json.loads(lines[1].removeprefix("data: ")) == {"message": expected}


@given(st.text())
def test_a_frame_has_no_other_line_ends(text: str) -> None:
    assert b"\r" not in frame("log", text)


def test_what_is_not_json_is_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        frame("progress", math.nan)


def test_a_comment_is_no_event() -> None:
    assert comment("still here") == b": still here\n\n"


def test_how_long_to_wait_is_said_with_the_event_that_follows() -> None:
    assert retry(3000) + frame("done", {}) == b"retry: 3000\nevent: done\ndata: {}\n\n"


def test_no_proxy_may_hold_events_back() -> None:
    assert HEADERS == {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
    }


@pytest.mark.parametrize(
    ("header", "parameter", "expected"),
    [
        ("7", None, 7),
        (None, "7", 7),
        ("8", "7", 8),
        ("junk", "7", 7),
        ("junk", "junk", None),
        (None, "", None),
        (None, "-1", None),
        ("0", None, 0),
        (None, None, None),
        ("", None, None),
        ("-1", None, None),
        ("7.0", None, None),
        (" 7", None, None),
        ("7\n", None, None),
        ("\u0661", None, None),
        ("9" * 19, None, None),
    ],
)
def test_a_reader_goes_on_where_it_was(header: str | None, parameter: str | None, expected: int | None) -> None:
    assert last_event_id(header, parameter) == expected


@given(st.text())
def test_no_text_breaks_the_reader_of_ids(header: str) -> None:
    number = last_event_id(header, None)
    assert number is None or number >= 0
