"""Followers of a run's two streams and of the notices about its log, which record when they learned of what."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from bench.freshness.nextflow import PROCESS
from localdev.stack.layout import HOST
from sluice.sse import StreamEvent, events_in

_NUMBER = re.compile(rf"{PROCESS} \((\d+)\)")
_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class NoticeTimes:
    """When a copy of a log, then `size` bytes long, was stored, and when the function took and answered the notice."""

    size: int
    stored_at: float
    taken_at: float
    answered_at: float


class NoticeProxy:
    """Passes notices on to the function at `backend`, and records those about nextflow.log."""

    def __init__(self, backend: int) -> None:
        self.notices: list[NoticeTimes] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            """One class per proxy, because the server creates the handler objects."""

            def do_POST(self) -> None:
                taken_at, body = time.time(), self.rfile.read(int(self.headers["Content-Length"]))
                status = _post(backend, body, dict(self.headers.items()))
                proxy.record(json.loads(body), taken_at)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Print nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def record(self, resource: dict[str, Any], taken_at: float) -> None:
        if resource["name"].endswith("/nextflow.log"):
            stored_at = datetime.fromisoformat(resource["updated"]).timestamp()
            self.notices.append(NoticeTimes(int(resource["size"]), stored_at, taken_at, time.time()))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass(slots=True)
class Follower:
    """Reads one stream in a thread; `seen_at` has the time when it first knew of each number."""

    address: str
    numbers_in: Callable[[StreamEvent], Iterator[int]]
    seen_at: dict[int, float] = field(default_factory=dict)

    def start(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        with suppress(requests.RequestException):  # in the end the stack stops; before that, the bench misses numbers
            for event in _events_at(self.address):
                for number in self.numbers_in(event):
                    self.seen_at.setdefault(number, time.time())


def _events_at(address: str) -> Iterator[StreamEvent]:
    with requests.get(address, stream=True, timeout=_TIMEOUT_S) as answer:
        answer.raise_for_status()
        yield from events_in(line.decode() for line in answer.iter_lines(chunk_size=None))


def tasks_in_entry(event: StreamEvent) -> Iterator[int]:
    """The task whose submission an entry of the log tells."""
    found = _NUMBER.search(event.data.get("message", ""))
    if found and "Submitted" in event.data["message"]:
        yield int(found[1])


def tasks_in_progress(event: StreamEvent) -> Iterator[int]:
    """The tasks that a count includes; they are submitted in the order of their numbers."""
    if event.kind == "progress":
        yield from range(1, event.data["total"] + 1)


def _post(port: int, body: bytes, headers: dict[str, str]) -> int:
    with closing(HTTPConnection(HOST, port, timeout=_TIMEOUT_S)) as connection:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
