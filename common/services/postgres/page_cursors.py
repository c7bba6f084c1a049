"""Cursors of lists: opaque texts that name the place where a page ends."""

import base64
import json
from collections.abc import Sequence
from typing import Any


def cursor_at(place: Sequence[Any]) -> str:
    """A cursor for a place, given as JSON values."""
    text = json.dumps(place, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_in(cursor: str) -> list[Any]:
    """The place that `cursor_at` was given; ValueError for a text that it has not made."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except RecursionError as error:
        raise ValueError("not a cursor") from error
    if not isinstance(place, list) or cursor_at(place) != cursor:
        raise ValueError("not a cursor")
    return place
