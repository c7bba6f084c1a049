"""The demo's client of the public API."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from localdev.demo.client import Api, DemoError, StreamedEvent, events_in
from localdev.stack.layout import HOST


class _Stack(BaseHTTPRequestHandler):
    """Answers each path with the next of its `answers`; the last one repeats."""

    answers: ClassVar[dict[str, list[tuple[int, bytes]]]]
    last_ids: ClassVar[list[str | None]]

    def do_GET(self) -> None:
        self.last_ids.append(self.headers.get("Last-Event-ID"))
        prepared = self.answers.get(self.path, [(404, b"{}")])
        status, body = prepared.pop(0) if len(prepared) > 1 else prepared[0]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Print nothing."""


@pytest.fixture
def stack() -> type[_Stack]:
    return type("Stack", (_Stack,), {"answers": {"/": [(200, b"Sluice is running")]}, "last_ids": []})


@pytest.fixture
def api(stack: type[_Stack]) -> Iterator[Api]:
    with ThreadingHTTPServer((HOST, 0), stack) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        client = Api(f"http://{HOST}:{server.server_port}")
        yield client
        client.close()
        server.shutdown()


def test_events_have_ids_and_kinds_and_comments_are_skipped() -> None:
    lines = [
        "retry: 2000",
        "",
        ": heartbeat",
        "",
        "id: 1",
        "event: status",
        'data: {"status": "pending"}',
        "",
        "id: 2",
    ]
    assert list(events_in(iter(lines))) == [StreamedEvent("1", "status", {"status": "pending"})]


def test_a_broken_stream_is_resumed_after_the_last_event(api: Api, stack: type[_Stack]) -> None:
    first = b'id: 1\nevent: status\ndata: {"status": "pending"}\n\nid: 2\nevent: sta'
    second = b'id: 2\nevent: done\ndata: {"status": "cancelled"}\n\n'
    stack.answers["/api/runs/run-1a2b3c4d/events"] = [(200, first), (200, second)]
    assert [event.id for event in api.follow("run-1a2b3c4d", patience_s=10)] == ["1", "2"]
    assert [last_id for last_id in stack.last_ids if last_id] == ["0", "1"]


def test_following_ends_when_patience_runs_out(api: Api, stack: type[_Stack]) -> None:
    stack.answers["/api/runs/run-1a2b3c4d/events"] = [(200, b"")]
    with pytest.raises(DemoError, match="did not end within"):
        list(api.follow("run-1a2b3c4d", patience_s=0.1))


def test_tasks_are_read_from_all_pages(api: Api, stack: type[_Stack]) -> None:
    pages = [{"tasks": [{"task_id": "a"}], "next_cursor": "x y"}, {"tasks": [{"task_id": "b"}], "next_cursor": None}]
    address = "/api/runs/run-1a2b3c4d/tasks?limit=100"
    stack.answers[address] = [(200, json.dumps(pages[0]).encode())]
    stack.answers[f"{address}&cursor=x+y"] = [(200, json.dumps(pages[1]).encode())]
    assert [task["task_id"] for task in api.tasks("run-1a2b3c4d")] == ["a", "b"]


def test_log_entries_are_read_from_all_pages(api: Api, stack: type[_Stack]) -> None:
    for offset in (0, 1):
        page = json.dumps({"entries": [{"number": offset}], "total": 2}).encode()
        stack.answers[f"/api/runs/run-1a2b3c4d/logs?offset={offset}&limit=5000"] = [(200, page)]
    assert [entry["number"] for entry in api.log_entries("run-1a2b3c4d")] == [0, 1]


def test_a_refused_request_raises_with_its_status(api: Api) -> None:
    with pytest.raises(DemoError, match="GET /api/runs/run-1a2b3c4d answered 404"):
        api.run("run-1a2b3c4d")


def test_following_ends_when_the_stack_stops_answering(api: Api, stack: type[_Stack]) -> None:
    stack.answers["/api/runs/run-1a2b3c4d/events"] = [(200, b"")]
    stack.answers["/"] = [(200, b"another program")]
    with pytest.raises(DemoError, match="stopped answering while run-1a2b3c4d was running"):
        list(api.follow("run-1a2b3c4d", patience_s=60))


def test_only_an_address_where_sluice_answers_is_up(api: Api, stack: type[_Stack]) -> None:
    assert api.is_up()
    stack.answers["/"] = [(200, b"another program")]
    assert not api.is_up()
    assert not Api(f"http://{HOST}:1").is_up()
