"""A receiver of webhooks that counts what it takes by its id, and is away now and then."""

import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from localdev.stack.layout import HOST

_REFUSED = 0.15  # the share of the requests that it answers with 503
_REFUSED_AT_MOST = 2  # times for one notification: the third pause is longer than a trial waits


class CountingReceiver:
    """Listens at `port` while its context is open; `taken` counts the notifications that it accepted, by id."""

    def __init__(self, port: int, rng: random.Random) -> None:
        self.taken: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._lock, self._rng = threading.Lock(), rng
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.answer(self.headers["webhook-id"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, port), Handler)
        self.url = f"http://{HOST}:{self._server.server_port}/hook"

    @property
    def refused(self) -> int:
        """How many requests it has answered with 503."""
        return self._refused.total()

    def answer(self, notification_id: str) -> int:
        """The status for a notification, which is counted if it is taken."""
        with self._lock:
            if self._rng.random() < _REFUSED and self._refused[notification_id] < _REFUSED_AT_MOST:
                self._refused[notification_id] += 1
                return 503
            self.taken[notification_id] += 1
            return 204

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
