"""The base of the JSON stand-ins: a table of addresses served over HTTP, with Google's error envelope.

The stock clients reach it with `transport="rest"` and `api_endpoint="http://127.0.0.1:PORT"`.
"""

import json
import logging
import re
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from localdev.stand_ins.field_mask import masked

Json = dict[str, Any]

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


class ServiceError(Exception):
    """An error that the real service would answer with; `status` is Google's name for it."""

    def __init__(self, code: int, message: str, status: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.status = status or STATUS_NAMES.get(code, "UNKNOWN")

    def as_json(self) -> Json:
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the parts of the path that the pattern named, the query, and the JSON body."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Json


Answer = Callable[[Call], Json]
# (method, pattern of the path with named groups, what answers); the first match wins
Routes = Sequence[tuple[str, str, Answer]]
Table = Sequence[tuple[str, re.Pattern[str], Answer]]


class RestService:
    """Serves a table of routes on 127.0.0.1; `GET /` answers {"ok": true} for the supervisor."""

    def __init__(self, port: int, routes: Routes) -> None:
        table = [("GET", re.compile("/"), lambda _call: {"ok": True})]
        table += [(method, re.compile(pattern), answer) for method, pattern, answer in routes]
        self._server = _Server(("127.0.0.1", port), _handler(table))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in a thread of its own (tests)."""
        threading.Thread(target=self._serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""

        def leave(_signal: int, _frame: FrameType | None) -> None:
            threading.Thread(target=self._server.shutdown).start()

        signal.signal(signal.SIGTERM, leave)
        signal.signal(signal.SIGINT, leave)
        self._serve_forever()
        self._server.server_close()

    def _serve_forever(self) -> None:
        self._server.serve_forever(poll_interval=0.05)  # how long `stop` waits at most


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(table: Table) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            code, answer = _answer(table, self.command, self.path, raw)
            if code == 200:
                answer = masked(answer, self.headers.get("x-goog-fieldmask", ""))
            data = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the callers' own telemetry tells enough."""

    return Handler


def _answer(table: Table, method: str, target: str, raw: bytes) -> tuple[int, Json]:
    try:
        return 200, _result(table, method, target, raw)
    except ServiceError as error:
        return error.code, error.as_json()
    except Exception:  # a stand-in's own fault must look like the real service's 500
        logging.getLogger("localdev").exception("%s %s", method, target)
        return 500, ServiceError(500, "internal error of the stand-in").as_json()


def _result(table: Table, method: str, target: str, raw: bytes) -> Json:
    parts = urlsplit(target)
    path = unquote(parts.path)
    query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    for its_method, pattern, answer in table:
        if its_method == method and (match := pattern.fullmatch(path)):
            return answer(Call(match.groupdict(), query, _body(raw)))
    raise ServiceError(404, f"no address {method} {path} in this stand-in")


def _body(raw: bytes) -> Json:
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise ServiceError(400, f"Invalid JSON payload received: {error}") from error
    if not isinstance(body, dict):
        raise ServiceError(400, "Invalid JSON payload received: an object is expected")
    return body
