"""Clients receive every event exactly once although their connections break a thousand times in all."""

import asyncio
import random
import re
import threading
from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Engine
from starlette.types import ASGIApp, Message

from common.domain.ingest.cursor import FileCursor
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.access import Caller
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.live_events import EventKind
from common.domain.runs.status import RunStatus
from common.services.ingest.store import IngestStore
from common.services.logs.stream import EntryReader, LogStreamService
from common.services.postgres import live_feed
from common.services.runs.events import RunEventService
from common.services.runs.journal import JournalReader, append_to_journal
from common.services.runs.store import RunStoreService
from common.services.task_output.stream import TaskOutputStreamService
from common.web.asgi import serve_async
from common.web.guard import RunGuard
from functions.events.endpoints import EventEndpoints
from sluice.sse import StreamEvent, events_in, lines_in
from tests.support.database import journal_of
from tests.support.functions.asgi import app_of
from tests.support.limits import make_streams
from tests.support.logs.entries import never_restore
from tests.support.runs import NOON, OWNER, make_run

READERS, DISCONNECTS = 10, 34  # of each, in each test
ITEMS = 80
RUN_ID = "run-1a2b3c4d"
_OPEN_ENTRY = re.compile(rb'"open": ?true[^\n]*\n\n')


class Connection:
    """A connection to the application that breaks after `breaks_after` bytes of the answer."""

    def __init__(
        self, app: ASGIApp, path: str, last_id: str, breaks_after: int | None, open_seen: threading.Event
    ) -> None:
        self._app, self._path, self._last_id = app, path, last_id
        self._left, self._open_seen = breaks_after, open_seen
        self._body = b""
        self._broken = asyncio.Event()

    async def events(self) -> list[StreamEvent]:
        """The events in the bytes that arrived."""
        headers = [(b"last-event-id", self._last_id.encode())] if self._last_id else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "headers": headers,
        }
        await self._app(scope, self._receive, self._send)
        return list(events_in(lines_in([self._body])))

    async def _receive(self) -> Message:
        await self._broken.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        body = message.get("body", b"")
        if self._left is not None:
            body = body[: self._left]
            self._left -= len(body)
            if not self._left:
                self._broken.set()
        self._body += body
        if _OPEN_ENTRY.search(self._body):
            self._open_seen.set()


class Reader:
    """Follows one address to `done`; the first connections break."""

    def __init__(self, app: ASGIApp, path: str, breaks: int, chance: random.Random, *, last_id: str) -> None:
        self._app, self._path, self._breaks, self._chance = app, path, breaks, chance
        self._last_id = last_id
        self.seen: list[StreamEvent] = []
        self.open_seen = threading.Event()  # set when an open entry has arrived as a whole

    async def follow(self) -> None:
        for number in range(self._breaks + 1):
            breaks_after = self._chance.randrange(1, 400) if number < self._breaks else None
            news = await Connection(self._app, self._path, self._last_id, breaks_after, self.open_seen).events()
            self.seen += news
            self._last_id = next((event.id for event in reversed(news) if event.id), self._last_id)


class Story:
    """Changes a run while clients follow it, and knows what they should receive.

    It closes its first open entry after `open_seen`, so that clients see one on a machine of any speed.
    """

    def __init__(self, engine: Engine, open_seen: threading.Event | None = None) -> None:
        self._open_seen = open_seen
        self._engine, self._runs, self._ingest = engine, RunStoreService(engine), IngestStore(engine)
        self._runs.create_run(make_run())

    def happen(self) -> None:
        for number in range(ITEMS):
            with self._engine.begin() as connection:
                append_to_journal(connection, RUN_ID, [(EventKind.PROGRESS, {"n": number})], at=NOON)
            texts = [f"line {number}"] if number % 5 else ["li", f"line {number}"]  # some grow while they are open
            for size, text in enumerate(texts, start=1):
                with self._ingest.writing(RUN_ID) as writer:
                    record = LogRecord(2 * number, 2 * number + size, NOON, "INFO", "main", "nextflow", text.encode())
                    writer.add_entries([record], first_number=number)
                    cursor = FileCursor(byte_offset=2 * number + size, next_number=number)
                    assert writer.move_cursor(NEXTFLOW_LOG, cursor, after=writer.cursor(NEXTFLOW_LOG), at=NOON)
                if self._open_seen:
                    assert self._open_seen.wait(100), "no client has received an open entry"
        self._runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)

    def events(self) -> list[str]:
        return [str(row.seq) for row in journal_of(self._engine, RUN_ID)]


@pytest.fixture
def app(emptied_engine: Engine) -> ASGIApp:
    events = RunEventService(JournalReader(emptied_engine), poll_interval_s=0.03)
    logs = LogStreamService(EntryReader(emptied_engine), restore=never_restore, poll_interval_s=0.03)
    endpoints = EventEndpoints(
        RunGuard(lambda _headers: Caller(email=OWNER), RunStoreService(emptied_engine)),
        events,
        logs,
        TaskOutputStreamService(lambda run_id, task_id: pytest.fail(f"unexpected read of task {task_id} of {run_id}")),
        streams=make_streams(),
        engine=emptied_engine,
    )
    return app_of(partial(serve_async, endpoints.routes))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "_SHORTEST_PAUSE_S", 0.02)


async def _follow_all(story: Story, readers: Sequence[Reader]) -> None:
    async with asyncio.timeout(200), asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(story.happen))
        for reader in readers:
            tasks.create_task(reader.follow())


def test_a_client_gets_every_event_once_over_broken_connections(emptied_engine: Engine, app: ASGIApp) -> None:
    chance, path = random.Random(5), f"/api/runs/{RUN_ID}/events"
    readers = [Reader(app, path, DISCONNECTS, chance, last_id="0") for _ in range(READERS)]
    story = Story(emptied_engine)

    asyncio.run(_follow_all(story, readers))

    assert [_once_ended(reader.seen) for reader in readers] == [story.events()] * READERS


def test_a_client_gets_every_entry_once_and_its_newest_text_over_broken_connections(
    emptied_engine: Engine, app: ASGIApp
) -> None:
    chance, path = random.Random(5), f"/api/runs/{RUN_ID}/logs/stream"
    readers = [Reader(app, path, DISCONNECTS, chance, last_id="") for _ in range(READERS)]

    asyncio.run(_follow_all(Story(emptied_engine, readers[0].open_seen), readers))

    closed = list(map(str, range(ITEMS)))  # `done` has no id, because no client resumes after it
    assert [_once_ended(reader.seen)[:-1] for reader in readers] == [closed] * READERS
    for reader in readers:
        entries = [event.data for event in reader.seen if event.kind == "entry"]
        newest = {entry["number"]: (entry["message"], entry["open"]) for entry in entries}
        assert newest == {number: (f"line {number}", False) for number in range(ITEMS)}
    assert any(event.data["open"] for reader in readers for event in reader.seen if event.kind == "entry")


def test_a_client_that_begins_with_the_state_misses_nothing_afterwards(emptied_engine: Engine, app: ASGIApp) -> None:
    chance = random.Random(6)
    path = f"/api/runs/{RUN_ID}/events"
    readers = [Reader(app, path, DISCONNECTS, chance, last_id="") for _ in range(READERS)]

    asyncio.run(_follow_all(Story(emptied_engine), readers))

    for reader in readers:
        first, second, *rest = map(int, _once_ended(reader.seen))
        assert reader.seen[0].kind == "status"
        assert second == first + 1 or reader.seen[1].kind == "progress"  # together they are the state
        assert rest == list(range(second + 1, ITEMS + 4))


def _once_ended(seen: list[StreamEvent]) -> list[str]:
    """The ids up to and including the first `done`, without open entries, which have none.

    A client that reconnects after `done` receives it again.
    """
    seen = [event for event in seen if not event.data.get("open")]
    kinds = [event.kind for event in seen]
    end = kinds.index("done") + 1
    assert set(kinds[end:]) <= {"done"}
    return [event.id or "" for event in seen[:end]]
