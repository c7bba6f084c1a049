"""Reads server-sent events, as the HTML standard defines them (section 9.2.6, "Interpreting an event stream")."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sluice.errors import UnavailableError


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event. `id` is the last id that the stream has sent, `data` its decoded JSON object."""

    kind: str
    data: dict[str, Any]
    id: str | None = None


def lines_in(pieces: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream without their ends; a last line without an end was cut off and is left out.

    A lone CR does not end a line here, nor do the other characters at which `str.splitlines` breaks: the text of a log
    has them.
    """
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines)


def events_in(lines: Iterable[str]) -> Iterator[StreamEvent]:
    """The events in the lines (without their ends) of a stream; an event that was cut off is left out.

    Raises UnavailableError if the data of an event is no JSON object: then another program answered.
    """
    last_id: str | None = None
    kind, data = "", list[str]()
    for line in lines:
        if not line:
            if data:
                yield StreamEvent(kind or "message", _object_in("\n".join(data)), last_id)
            kind, data = "", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value


def _object_in(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UnavailableError(f"the data of an event is {text[:100]!r}, not a JSON object")
    return value
