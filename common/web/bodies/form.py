"""Reads the parts of a form (multipart/form-data, RFC 7578) as browsers and curl write it, and nothing looser.

werkzeug's decoder adds a character to a file when a piece of the body ends inside the last boundary, and takes any
number of headers. Here the body is limited and whole before it is split, so neither can happen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from flask import Request
from werkzeug.datastructures import Headers
from werkzeug.http import parse_options_header

from common.domain.text.storable import storage_problem
from common.errors import Fault, MalformedBodyError, TooLargeError, ValidationError
from common.web.bodies.json_object import body_bytes

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")  # RFC 2046, 5.1.1
_HEADER_BYTES: Final = 4 * 1024  # of one part
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})
_AS_IT_IS: Final = frozenset({"7bit", "8bit", "binary"})
_SHOWN: Final = 40  # characters of what others wrote


def form_parts(request: Request, limits: Mapping[str, int], *, take: Callable[[int], None]) -> dict[str, bytes]:
    """The parts of the form in the body; `limits` has the names that they may have, and the most bytes of each.

    `take` is that of json_body.

    Raises:
        TooLargeError: a part is too large, or the whole, of which no more is read then.
        ValidationError: a part is unknown, sent twice, or has a charset, an encoding or a path.
        MalformedBodyError: the body is not a form, or not a whole one.
    """
    boundary = _boundary_of(request)
    most = sum(limits.values()) + (len(limits) + 1) * _HEADER_BYTES
    body = body_bytes(request, limit_bytes=most, take=take)
    parts: dict[str, bytes] = {}
    for headers, content in _split(body, boundary, most_parts=len(limits) + 1):
        name, problem = _name_in(headers), _problem_of(headers)
        if name not in limits:
            raise _fault(_printable(name), f"is not a part of this form, which may have: {', '.join(limits)}")
        if name in parts or problem:
            raise _fault(name, problem or "is sent twice; send it once")
        if len(content) > limits[name]:
            raise TooLargeError(f"the part {name} has more than {limits[name]:,} bytes")
        parts[name] = content
    return parts


def text_in(part: str, content: bytes) -> str:
    """The text of a part, without a byte order mark. Raises ValidationError if it is not UTF-8 or cannot be stored."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fault(part, f"is not UTF-8 (byte {error.start + 1:,}); save the file as UTF-8") from None
    if problem := storage_problem(text):
        raise _fault(part, problem)
    return text


def _boundary_of(request: Request) -> bytes:
    boundary = request.mimetype_params.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MalformedBodyError("the Content-Type of a form must name its boundary; curl -F does that by itself")
    return boundary.encode("ascii")


def _split(body: bytes, boundary: bytes, *, most_parts: int) -> Iterator[tuple[Headers, bytes]]:
    """The headers and the content of each part; one more than there may be is a duplicate or unknown."""
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary, most_parts + 1)
    if before.strip() or not parts:
        raise MalformedBodyError("the body is not a form that begins with the boundary of its Content-Type")
    for part in parts[:most_parts]:
        if part.rstrip() == b"--":
            return
        end = part.find(b"\r\n\r\n", 0, _HEADER_BYTES)
        if not part.startswith(b"\r\n") or end < 0:
            raise MalformedBodyError("a part of the form is malformed, or the form ends early; send it again")
        yield _headers_in(part[2:end]), part[end + 4 :]
    if parts[-1].rstrip() != b"--":
        raise MalformedBodyError("the form ends before its last boundary; send it again")


def _headers_in(lines: bytes) -> Headers:
    try:
        pairs = [line.partition(":") for line in lines.decode("utf-8").split("\r\n")]
    except UnicodeDecodeError:
        raise MalformedBodyError("a header of the form is not UTF-8") from None
    return Headers([(name.strip(), value.strip()) for name, _, value in pairs])


def _name_in(headers: Headers) -> str:
    found = [parse_options_header(value) for value in headers.getlist("Content-Disposition")]
    names = [options.get("name", "") for kind, options in found if kind == "form-data"]
    if len(found) != 1 or not any(names):
        raise MalformedBodyError("a part of the form must have one Content-Disposition: form-data, with a name")
    return names[0]


def _problem_of(headers: Headers) -> str | None:
    charset = parse_options_header(headers.get("Content-Type", ""))[1].get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        return f"must be UTF-8, not {charset[:_SHOWN]!r}"
    if headers.get("Content-Transfer-Encoding", "binary").lower() not in _AS_IT_IS:
        return "must be sent as it is, without a Content-Transfer-Encoding"
    file_name = parse_options_header(headers["Content-Disposition"])[1].get("filename", "")
    if "/" in file_name or "\\" in file_name:
        return "must have a file name without folders"
    return None


def _printable(name: str) -> str:
    return name[:_SHOWN] if name.isprintable() else ascii(name[:_SHOWN])


def _fault(field: str, message: str) -> ValidationError:
    return ValidationError([Fault(field=field, message=message)])
