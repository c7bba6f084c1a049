"""Reads the event that Eventarc delivers when Cloud Storage has written an object."""

from dataclasses import dataclass
from typing import Any, Final, Self

from flask import Request

from common.errors import MalformedBodyError
from common.web.bodies.json_object import json_body

FINALIZED: Final = "google.cloud.storage.object.v1.finalized"
STRUCTURED_TYPE: Final = "application/cloudevents+json"
_LARGEST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNotice:
    """An object was written or replaced; `generation` grows with each write, `size` is in bytes."""

    bucket: str
    name: str
    generation: int
    size: int

    @classmethod
    def of(cls, request: Request) -> Self:
        """The notice in a CloudEvent, in binary or structured mode, whose data is Google's StorageObjectData.

        Raises MalformedBodyError when the request is not such an event, TooLargeError beyond 1 MiB.
        """
        body = json_body(request, limit_bytes=_LARGEST_BYTES)
        structured = request.mimetype == STRUCTURED_TYPE
        kind, data = (body.get("type"), body.get("data")) if structured else (request.headers.get("ce-type"), body)
        if kind != FINALIZED or not isinstance(data, dict):
            raise MalformedBodyError(f"the request is not a CloudEvent of type {FINALIZED}")
        return cls(
            bucket=_text(data, "bucket"),
            name=_text(data, "name"),
            generation=_number(data, "generation"),
            size=_number(data, "size"),
        )


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedBodyError(f"{name} of the event is not a text")
    return value


def _number(data: dict[str, Any], name: str) -> int:
    value = _text(data, name)  # Google's JSON writes 64-bit numbers as texts
    if not (value.isascii() and value.isdecimal() and len(value) <= 19):
        raise MalformedBodyError(f"{name} of the event is not a number")
    return int(value)
