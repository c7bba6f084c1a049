"""Reads the JSON body of a request without ever holding more of it than is allowed."""

import json
import math
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import ClientDisconnected

from common.domain.text.storable import storage_problem
from common.errors import MalformedBodyError, TooLargeError

_DEEPEST = 64
_LONGEST_NUMBER = 300  # digits, which a double can still be near to


def json_body(request: Request, *, limit_bytes: int, may_be_absent: bool = False) -> dict[str, Any]:
    """The JSON object in the body, whatever its content type says; an empty one where it `may_be_absent` and is.

    Raises TooLargeError beyond `limit_bytes`, without reading on. Raises MalformedBodyError for anything that is
    not one JSON object in UTF-8, and for what JSON allows but Postgres cannot keep or readers understand
    differently: repeated names, NaN, numbers beyond a double, NUL characters, half surrogate pairs, nesting deeper
    than 64.
    """
    raw = body_bytes(request, limit_bytes=limit_bytes)
    if may_be_absent and not raw:
        return {}
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_whole_number
        )
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError(f"the body is not JSON: {_reason(error)}") from None
    if not isinstance(value, dict):
        raise MalformedBodyError("the body must be a JSON object")
    _require_storable(value, depth=1)
    return value


def body_bytes(request: Request, *, limit_bytes: int) -> bytes:
    """The whole body.

    Raises TooLargeError beyond `limit_bytes`, without reading on, and MalformedBodyError for one that is packed.
    """
    if (packed := request.headers.get("Content-Encoding", "identity").strip().lower()) != "identity":
        raise MalformedBodyError(f"the body is sent in the content encoding {packed[:20]!r}; send it as it is")
    too_large = TooLargeError(f"the body may have at most {limit_bytes:,} bytes")
    if (request.content_length or 0) > limit_bytes:
        raise too_large
    body = bytearray()
    try:
        while len(body) <= limit_bytes and (piece := request.stream.read(limit_bytes + 1 - len(body))):
            body += piece
    except ClientDisconnected:
        raise MalformedBodyError("the body ended before the length it announced") from None
    if len(body) > limit_bytes:
        raise too_large
    return bytes(body)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name is repeated within one object")
    return values


def _whole_number(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number has more than {_LONGEST_NUMBER} digits")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if "BOM" in str(error):
        return "it begins with a byte order mark (BOM); send it without"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _require_storable(value: object, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise MalformedBodyError("the body is not acceptable: it is nested too deeply")
    match value:
        case dict():
            for name, inner in value.items():
                _require_storable(name, depth=depth)
                _require_storable(inner, depth=depth + 1)
        case list():
            for inner in value:
                _require_storable(inner, depth=depth + 1)
        case str():
            if problem := storage_problem(value):
                raise MalformedBodyError(f"the body is not acceptable: a text {problem}")
        case float() if not math.isfinite(value):
            raise MalformedBodyError("the body is not acceptable: a number is too large")
