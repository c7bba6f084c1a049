"""A proxy that does to requests what networks and busy services do: refuse, delay, repeat, reorder, lose the answer."""

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

_LATE_BY_S = (0.05, 2.0)
_HANGS_FOR_S = 4.0
_BACKEND_TIMEOUT_S = 120
_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


class NetworkFault(StrEnum):
    """What befalls a request."""

    REFUSED = auto()  # 503 at once; nothing was done
    HUNG = auto()  # no answer for seconds, then the connection breaks; nothing was done
    ANSWER_LOST = auto()  # it was done, and the caller does not hear of it
    LATE = auto()  # done after a while, so that others overtake it
    TWICE = auto()  # done, and done again a while later


@dataclass(frozen=True, slots=True)
class Odds:
    """How probable each fault is, 0 to 1; together at most 1."""

    of: Mapping[NetworkFault, float]

    def draw(self, chance: random.Random) -> NetworkFault | None:
        """One fault, or none."""
        drawn = chance.random()
        for fault, odds in self.of.items():
            if drawn < odds:
                return fault
            drawn -= odds
        return None


NONE = Odds(MappingProxyType({}))


class FaultProxy:
    """Passes what comes to `port` on to `backend` (a port of this machine), with faults by `odds` and `chance`."""

    def __init__(self, backend: int, odds: Odds, chance: random.Random) -> None:
        self.counts = dict.fromkeys(NetworkFault, 0)
        self.passed = 0
        self._odds, self._chance, self._lock = odds, chance, threading.Lock()
        proxy = self

        class Handler(_Handler):
            """A class for each proxy, since the server makes the handlers."""

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

    def calm(self) -> None:
        """From now on nothing befalls a request."""
        self._odds = NONE

    def next_fault(self) -> tuple[NetworkFault | None, float]:
        """What befalls the next request, and by how many seconds it is late if it is."""
        with self._lock:
            fault, late_by = self._odds.draw(self._chance), self._chance.uniform(*_LATE_BY_S)
            self.passed += 1
            if fault:
                self.counts[fault] += 1
            return fault, late_by


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

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        self._suffer(_Request(self.command, self.path, kept, body))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the counts tell enough."""

    def _suffer(self, request: _Request) -> None:
        fault, late_by = self.owner.next_fault()
        match fault:
            case NetworkFault.REFUSED:
                self.send_error(503)
                return
            case NetworkFault.HUNG:
                time.sleep(_HANGS_FOR_S)
                return
            case NetworkFault.LATE:
                time.sleep(late_by)
            case NetworkFault.TWICE:
                again = threading.Timer(late_by, _forward, (self.backend_port, request))
                again.daemon = True
                again.start()
        answer = _forward(self.backend_port, request)
        if answer and fault != NetworkFault.ANSWER_LOST:
            with suppress(ConnectionError):  # whoever asked was killed meanwhile
                self._answer(*answer)

    def _answer(self, answer: HTTPResponse, content: bytes) -> None:
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_OF_ONE_CONNECTION, "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _forward(port: int, request: _Request) -> tuple[HTTPResponse, bytes] | None:
    """The answer of the backend; None when there is none, as when it was killed meanwhile."""
    with closing(HTTPConnection(HOST, port, timeout=_BACKEND_TIMEOUT_S)) as connection:
        try:
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            return answer, answer.read()
        except (OSError, HTTPException):
            return None
