"""An HTTP server that records requests and answers with prepared statuses."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True, slots=True)
class Received:
    """A request; `at` is monotonic time in seconds, header names are as sent."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class Receiver:
    """Listens on a free port; answers with the statuses in `answers[path]`, then 200."""

    def __init__(self) -> None:
        self.answers: defaultdict[str, deque[int]] = defaultdict(deque)
        self.gates: dict[str, threading.Event] = {}  # a request for a path in here waits for the event
        self.most_at_once = 0
        self._received: list[Received] = []
        self._open = 0
        self._changed = threading.Condition(threading.RLock())
        self._server = _Server(("127.0.0.1", 0), self._handler())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        for gate in self.gates.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def hold(self, path: str) -> threading.Event:
        """Hold requests for `path` until the returned event is set."""
        self.gates[path] = threading.Event()
        return self.gates[path]

    def received(self, path: str) -> list[Received]:
        with self._changed:
            return [request for request in self._received if request.path == path]

    def wait_for(self, path: str, count: int = 1, *, timeout_s: float = 30.0) -> list[Received]:
        """Wait for `count` requests for `path` and return them; fail after `timeout_s` seconds."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.received(path)) >= count, timeout_s)
        assert arrived, f"{len(self.received(path))} of {count} requests for {path} after {timeout_s} s"
        return self.received(path)

    def _note(self, request: Received) -> None:
        with self._changed:
            self._received.append(request)
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
            self._changed.notify_all()

    def _status(self, path: str) -> int:
        if gate := self.gates.get(path):
            gate.wait(60)
        with self._changed:
            self._open -= 1
            return self.answers[path].popleft() if self.answers[path] else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                now = time.monotonic()
                receiver._note(Received(now, self.command, self.path, dict(self.headers.items()), body))
                self.send_response(receiver._status(self.path))
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = _serve

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Print nothing."""

        return Handler
