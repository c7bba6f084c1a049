"""Requests and answers of the Storage stand-in, free of the HTTP server that carries them."""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from localdev.stand_ins.rest_service import Json


@dataclass(frozen=True, slots=True)
class FileRange:
    """`length` bytes of an open file from byte `start` on; whoever sends them closes the file."""

    file: BinaryIO
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An open gzip file to be sent unpacked, its length unknown; whoever sends it closes it."""

    file: BinaryIO


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | FileRange | Unpacked = b""


def json_response(content: Json, status: int = 200) -> Response:
    """`content` as the JSON API sends it."""
    return Response(status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(content).encode())


class StorageError(Exception):
    """An error that Cloud Storage would answer with; `reason` is its word for programs."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message

    def response(self) -> Response:
        if self.status == 304:
            return Response(304)
        details = {"message": self.message, "domain": "global", "reason": self.reason}
        return json_response(
            {"error": {"code": self.status, "message": self.message, "errors": [details]}}, self.status
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is still percent-encoded, so that a slash in an object name is told from a separator."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: io.BufferedIOBase

    @classmethod
    def of(cls, method: str, target: str, headers: Message, body: io.BufferedIOBase) -> "Request":
        """The request whose first line names `target`; the last of repeated query parameters counts."""
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return cls(method, parts.path, query, headers, body)

    def json(self) -> Json:
        """The body as a JSON object; an empty body is an empty object. Raises StorageError 400."""
        try:
            content = json.loads(self.body.read() or b"{}")
        except ValueError as error:
            raise StorageError(400, "parseError", f"Parse Error: {error}") from error
        if not isinstance(content, dict):
            raise StorageError(400, "parseError", "Parse Error: not a JSON object")
        return content


# (methods, pattern of the encoded path, what answers: the request, then the decoded groups of the pattern)
Route = tuple[str, str, Callable[..., Response]]


class Router:
    """Finds what answers a request; HEAD is answered as GET, and the server leaves the content out."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(methods.split("|"), re.compile(pattern), answer) for methods, pattern, answer in routes]

    def answer(self, request: Request) -> Response:
        """The answer to `request`, be it an error."""
        try:
            return self._dispatch(request)
        except StorageError as error:
            return error.response()

    def _dispatch(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        for methods, pattern, answer in self._routes:
            if method in methods and (match := pattern.fullmatch(request.path)):
                return answer(request, *(unquote(group) for group in match.groups()))
        raise StorageError(404, "notFound", f"no address {request.method} {request.path} in this stand-in")


def whole_number(text: str | None, name: str) -> int | None:
    """A parameter as a number, None when it was not sent. Raises StorageError 400."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise StorageError(400, "invalidParameter", f"Invalid value for {name}: {text!r}") from error
