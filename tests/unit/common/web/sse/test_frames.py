import json
import math

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st

from common.web.sse.frames import HEADERS, comment, frame, last_event_id, retry


def test_a_frame_has_an_id_a_name_and_json() -> None:
    assert frame("status", {"status": "running"}, 7) == b'id: 7\nevent: status\ndata: {"status":"running"}\n\n'


def test_a_frame_without_an_id_keeps_the_clients_last_event_id() -> None:
    assert frame("done", {}) == b"event: done\ndata: {}\n\n"


def test_an_event_id_may_be_0() -> None:
    assert frame("log", {}, 0).startswith(b"id: 0\n")


@given(st.text())
def test_any_text_stays_inside_its_frame(text: str) -> None:
    lines = frame("log", {"message": text}).decode().split("\n")
    assert (lines[0], lines[2:]) == ("event: log", ["", ""])
    expected = text.encode("utf-8", "replace").decode()
    assert json.loads(lines[1].removeprefix("data: ")) == {"message": expected}


@given(st.text())
def test_a_frame_has_no_carriage_returns(text: str) -> None:
    assert b"\r" not in frame("log", text)


def test_data_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        frame("progress", math.nan)


def test_a_comment_is_not_an_event_to_any_client() -> None:
    sent = frame("status", {}, 7) + comment("still here") + comment("still here") + frame("done", {})
    source = EventSource(httpx.Response(200, headers=HEADERS, content=sent))
    assert [(event.id, event.event, event.data) for event in source.iter_sse()] == [
        ("7", "status", "{}"),
        ("7", "done", "{}"),
    ]


def test_the_retry_delay_is_part_of_the_next_event() -> None:
    assert retry(3000) + frame("done", {}) == b"retry: 3000\nevent: done\ndata: {}\n\n"


def test_headers_keep_proxies_from_buffering() -> None:
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
def test_a_client_resumes_after_its_last_event(header: str | None, parameter: str | None, expected: int | None) -> None:
    assert last_event_id(header, parameter) == expected


@given(st.text())
def test_any_last_event_id_can_be_read(header: str) -> None:
    number = last_event_id(header, None)
    assert number is None or number >= 0
