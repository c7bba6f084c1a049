"""Requests, responses and errors of the stand-ins: werkzeug's classes, with Google's error envelope."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any, BinaryIO, Self
from urllib.parse import quote, urlsplit

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response

Json = dict[str, Any]

_BLOCK = 1 << 20
_SENT_HEADERS = "sluice.sent_headers"
_STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


class Request(WerkzeugRequest):
    """One request, with `path` still percent-encoded, so that an encoded slash in a name differs from a separator.

    Of a query parameter that is repeated, `args` holds the last value.
    """

    parameter_storage_class = ImmutableDict  # type: ignore[assignment] # werkzeug allows it and types it too narrowly

    @classmethod
    def read(cls, method: str, target: str, headers: Message, body: io.BufferedIOBase) -> Self:
        """The request whose first line names `method` and `target`; `body` must end where the request ends."""
        parts = urlsplit(target)
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query if parts.query.isascii() else quote(parts.query, "%&=+", "latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "",
            "SCRIPT_NAME": "",
            "wsgi.url_scheme": "http",
            "wsgi.input": body,
            "wsgi.input_terminated": True,
            _SENT_HEADERS: headers,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return cls(environ)

    @property
    def sent_headers(self) -> Message:
        """The headers as they were sent; `headers` writes underscores in names as hyphens."""
        headers: Message = self.environ[_SENT_HEADERS]
        return headers

    def json_object(self) -> Json:
        """The body as a JSON object, empty for an empty body. Raises BadRequest."""
        try:
            content = json.loads(self.stream.read() or b"{}")
        except ValueError as error:
            raise BadRequest(f"Invalid JSON payload received: {error}") from error
        if not isinstance(content, dict):
            raise BadRequest("Invalid JSON payload received: an object is expected")
        return content


def json_response(content: Json, status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json; charset=UTF-8")


@dataclass(frozen=True, slots=True)
class FileRange:
    """Response content: `length` bytes of an open file from byte `start` on; `close` closes the file.

    The server copies it to the socket without reading it, if the response has `direct_passthrough`.
    """

    file: BinaryIO
    start: int
    length: int

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.length
        while block := self.file.read(min(left, _BLOCK)):
            left -= len(block)
            yield block

    def close(self) -> None:
        self.file.close()


class ServiceError(Exception):
    """An error response of the real service: `code` is the HTTP status, `status` Google's name for it."""

    def __init__(self, code: int, message: str, status: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.status = status or _STATUS_NAMES.get(code, "UNKNOWN")

    def as_json(self) -> Json:
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}

    def response(self) -> Response:
        return json_response(self.as_json(), self.code)
