"""Reads the JSON body of a request, and never more bytes than are allowed."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, Final, NoReturn

from flask import Request
from werkzeug.exceptions import ClientDisconnected

from common.domain.text.storable import storage_problem
from common.errors import MalformedBodyError, TooLargeError

MOST_VALUES: Final = 10_000  # in one body; the largest request has 500 parameters and 1,000 names of NGS runs

_DEEPEST = 64
_UNIT_BYTES = 1 << 20
_PIECE_BYTES = 64 * 1024  # a stream takes as much memory as it is asked for
_LONGEST_NUMBER = 300  # digits; a double holds numbers up to 1.8e308
# What gives a JSON text its structure: whole strings, and the marks outside of them. No byte is read twice.
_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}\[\],]', re.DOTALL)
_OPEN, _CLOSE, _COMMA = frozenset({b"{", b"["}), frozenset({b"}", b"]"}), b","


def _free(_units: int) -> None:
    """What is not counted."""


def json_body(
    request: Request, *, limit_bytes: int, may_be_absent: bool = False, take: Callable[[int], None] = _free
) -> dict[str, Any]:
    """The JSON object in the body, whatever its content type; empty if the body is absent and `may_be_absent`.

    `take` counts what the body costs, one unit for each MiB that it begins, and may raise; of a body without a length
    no more is read then.

    Raises:
        TooLargeError: the body has more than `limit_bytes`; the rest is not read.
        MalformedBodyError: the body is not one JSON object in UTF-8, or contains what Postgres cannot store or JSON
            readers disagree on: repeated names, NaN, numbers beyond a double, NUL characters, unpaired surrogates,
            nesting deeper than 64; or it has more than MOST_VALUES values.
    """
    return object_in(body_bytes(request, limit_bytes=limit_bytes, take=take), may_be_absent=may_be_absent)


def object_in(raw: bytes, *, may_be_absent: bool = False) -> dict[str, Any]:
    """The JSON object in `raw`; the rules and errors are those of json_body."""
    if may_be_absent and not raw:
        return {}
    _require_simple(raw)
    try:
        text = raw.decode("utf-8")
        del raw  # a text of 20 MB may take four times as much
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_whole_number)
        del text
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError(f"the body is not valid JSON: {_reason(error)}") from None
    if not isinstance(value, dict):
        raise MalformedBodyError("the body must be a JSON object")
    _require_storable(value, depth=1)
    return value


def body_bytes(request: Request, *, limit_bytes: int, take: Callable[[int], None] = _free) -> bytes:
    """The whole body; `take` as in json_body.

    Raises TooLargeError beyond `limit_bytes`, without reading the rest, and MalformedBodyError for a compressed body
    or one that is shorter than its Content-Length.
    """
    if (encoding := request.headers.get("Content-Encoding", "identity").strip().lower()) != "identity":
        raise MalformedBodyError(f"the body has the Content-Encoding {encoding[:20]!r}; send it uncompressed")
    too_large = TooLargeError(f"the body has more than {limit_bytes:,} bytes")
    taken = _units_of(request.content_length or 0)
    take(taken)
    if (request.content_length or 0) > limit_bytes:
        raise too_large
    body = bytearray()
    try:
        while (left := limit_bytes + 1 - len(body)) and (piece := request.stream.read(min(_PIECE_BYTES, left))):
            body += piece
            if _units_of(len(body)) > taken:  # sent in chunks, without its length
                taken += 1
                take(1)
    except ClientDisconnected:
        raise MalformedBodyError("the body is shorter than its Content-Length; send it again") from None
    if len(body) > limit_bytes:
        raise too_large
    return bytes(body)


def _units_of(length: int) -> int:
    return 1 + length // _UNIT_BYTES


def _require_simple(raw: bytes) -> None:
    """Refuse a body that would become many values, before any of them takes memory: `{}` takes 30 times its length."""
    values, depth = 1, 0
    for tokens, found in enumerate(_STRUCTURE.finditer(raw)):
        mark = found[0] if found.end() - found.start() == 1 else b""
        values += mark in _OPEN or mark == _COMMA
        depth += (mark in _OPEN) - (mark in _CLOSE)
        if depth > _DEEPEST:
            raise MalformedBodyError(f"the body is not valid JSON: it is nested more than {_DEEPEST} levels deep")
        if values > MOST_VALUES or tokens > 5 * MOST_VALUES:  # names, strings, commas and brackets
            raise MalformedBodyError(f"the body has more than {MOST_VALUES:,} values")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return values


def _whole_number(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number has more than {_LONGEST_NUMBER} digits")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return f"it is nested more than {_DEEPEST} levels deep"
    if "BOM" in str(error):
        return "it starts with a byte order mark (BOM); remove it"
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _require_storable(value: object, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise MalformedBodyError(f"the body is nested more than {_DEEPEST} levels deep")
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
                raise MalformedBodyError(f"a text in the body {problem}")
        case float() if not math.isfinite(value):
            raise MalformedBodyError("a number in the body is too large (above 1.8e308)")
