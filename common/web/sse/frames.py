"""Server-sent events as bytes, and the event id that a client resumes after.

Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
import re
from typing import Final

HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",  # a compressing proxy would delay events
    "X-Accel-Buffering": "no",
}

_EVENT_ID = re.compile(r"[0-9]{1,18}")


def frame(event: str, data: object, event_id: int | str | None = None) -> bytes:
    """One event with `data` as JSON on one line; a client sends `event_id` back to resume after it.

    Raises ValueError for NaN, and TypeError for values that JSON cannot hold, such as datetimes.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    number = "" if event_id is None else f"id: {event_id}\n"
    return f"{number}event: {event}\ndata: {text}\n\n".encode("utf-8", "replace")


def comment(text: str = "") -> bytes:
    """A line that clients ignore and that keeps proxies from closing an idle stream; `text` is one line.

    No empty line follows, because some clients take it for the end of an event without data.
    """
    return f": {text}\n".encode()


def retry(milliseconds: int) -> bytes:
    """A line that tells the client how long to wait before it reconnects.

    An event must follow, because some clients take the line alone for an event without data.
    """
    return f"retry: {milliseconds}\n".encode()


def last_event_id(header: str | None, parameter: str | None) -> int | None:
    """The last event that a client received: its Last-Event-ID header, else its `last_event_id` query parameter.

    None when neither is a whole number; the stream then starts at the beginning.
    """
    named = (text for text in (header, parameter) if text and _EVENT_ID.fullmatch(text))
    return next(map(int, named), None)
