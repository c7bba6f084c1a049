"""An HTTP proxy that adds network faults: it refuses, delays, repeats or reorders requests, or loses the answer."""

import random
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum, auto
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from localdev.stack.layout import HOST

_DELAY_S = (0.05, 2.0)
_HANGS_FOR_S = 4.0
_BACKEND_TIMEOUT_S = 120
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class NetworkFault(StrEnum):
    """A fault that the proxy adds to a request."""

    REFUSED = auto()  # answered 503 immediately; not forwarded
    HUNG = auto()  # no answer for 4 s, then the connection breaks; not forwarded
    ANSWER_LOST = auto()  # forwarded, but the caller gets no answer
    LATE = auto()  # forwarded after a delay, so that later requests can overtake it
    TWICE = auto()  # forwarded, and forwarded again after a delay


@dataclass(frozen=True, slots=True)
class FaultProbabilities:
    """The probability (0 to 1) of each fault; their sum is at most 1."""

    by_fault: Mapping[NetworkFault, float]

    def draw(self, rng: random.Random) -> NetworkFault | None:
        """A random fault, or None."""
        drawn = rng.random()
        for fault, probability in self.by_fault.items():
            if drawn < probability:
                return fault
            drawn -= probability
        return None


NO_FAULTS = FaultProbabilities(MappingProxyType({}))


class FaultProxy:
    """Forwards requests from `port` to the local port `backend`, with random faults."""

    def __init__(self, backend: int, probabilities: FaultProbabilities, rng: random.Random) -> None:
        self.counts = dict.fromkeys(NetworkFault, 0)
        self.request_count = 0
        self.refused_writes = 0  # requests that would have changed something while the part was away
        self._is_away = False
        self._probabilities, self._rng, self._lock = probabilities, rng, threading.Lock()
        proxy = self

        class Handler(_Handler):
            """One class per proxy, because the server creates the handler objects."""

            owner, backend_port = proxy, backend

        self._server = _Server((HOST, 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def stop_faults(self) -> None:
        """Forward all further requests without faults."""
        self._probabilities, self._is_away = NO_FAULTS, False

    def go_away(self) -> None:
        """Refuse all requests until `come_back`."""
        self._is_away = True

    def come_back(self) -> None:
        self._is_away = False

    def next_fault(self, method: str) -> tuple[NetworkFault | None, float]:
        """The fault of the next request, and its delay in seconds for the faults that need one."""
        with self._lock:
            if self._is_away:
                self.refused_writes += method != "GET"
                return NetworkFault.REFUSED, 0.0
            fault, delay_s = self._probabilities.draw(self._rng), self._rng.uniform(*_DELAY_S)
            self.request_count += 1
            if fault:
                self.counts[fault] += 1
            return fault, delay_s


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class _Handler(BaseHTTPRequestHandler):
    owner: FaultProxy
    backend_port: int

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        self._forward_with_fault(_Request(self.command, self.path, kept, body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""

    def _forward_with_fault(self, request: _Request) -> None:
        fault, delay_s = self.owner.next_fault(request.method)
        match fault:
            case NetworkFault.REFUSED:
                self.send_error(503)
                return
            case NetworkFault.HUNG:
                time.sleep(_HANGS_FOR_S)
                return
            case NetworkFault.LATE:
                time.sleep(delay_s)
            case NetworkFault.TWICE:
                again = threading.Timer(delay_s, _forward, (self.backend_port, request))
                again.daemon = True
                again.start()
        answer = _forward(self.backend_port, request)
        if answer and fault != NetworkFault.ANSWER_LOST:
            with suppress(ConnectionError):  # the caller was killed
                self._answer(*answer)

    def _answer(self, answer: HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_HOP_BY_HOP, "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _forward(port: int, request: _Request) -> tuple[HTTPResponse, bytes] | None:
    """The answer of the backend and its body; None when it does not answer, for example because it was killed."""
    with closing(HTTPConnection(HOST, port, timeout=_BACKEND_TIMEOUT_S)) as connection:
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            return answer, answer.read()
        except (OSError, HTTPException):
            return None
