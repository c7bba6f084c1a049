"""Server-sent events as bytes: what goes over the wire, and where a reader wants to go on.

Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import re
from typing import Final

HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",  # a proxy that compresses would hold events back
    "X-Accel-Buffering": "no",
}

_EVENT_ID = re.compile(r"[0-9]{1,18}")


def frame(event: str, data: object, event_id: int | str | None = None) -> bytes:
    """One event; `data` goes as JSON on one line, `event_id` is what the reader names to go on after it.

    Raises ValueError for NaN, TypeError for what JSON cannot hold: turn times into texts first.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    number = "" if event_id is None else f"id: {event_id}\n"
    return f"{number}event: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


def comment(text: str = "") -> bytes:
    """A line that readers ignore and that keeps proxies from closing an idle stream; `text` is one line."""
    return f": {text}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """Tell the reader how long to wait before it reconnects.

    It is a line of the event that follows: alone, some readers would take it for an event without data.
    """
    return f"retry: {milliseconds}\n".encode()


def last_event_id(header: str | None, parameter: str | None) -> int | None:
    """The last event a reader has seen: its Last-Event-ID header, else its `last_event_id` query parameter.

    None when neither is a whole number: the stream then starts from the beginning.
    """
    named = (text for text in (header, parameter) if text and _EVENT_ID.fullmatch(text))
    return next(map(int, named), None)
