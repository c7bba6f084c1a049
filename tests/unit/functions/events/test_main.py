"""The function in its own process, with a real server, database and signatures."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse
from sqlalchemy import Engine

from bench.harness.serving import FunctionProcess, server_for
from common.domain.ingest.cursor import FileCursor
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.live_events import EventKind
from common.domain.runs.status import RunStatus
from common.services.ingest.store import IngestStore
from common.services.postgres.engine import DatabaseSettings, make_engine
from common.services.runs.journal import append_to_journal
from common.services.runs.store import RunStoreService
from common.web.callers.identity import ASSERTION_HEADER
from localdev.stack.layout import ADMIN, HOST
from localdev.stack.ports import free_port
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres
from tests.support.runs import NOON, make_run

RUN_IDS = [f"run-0000000{number}" for number in range(10)]
POLL_S = "0.1"
VIEWERS_OF_EACH = 10


class Function:
    """The running function and its database."""

    def __init__(self, postgres: Postgres, engine: Engine, started: FunctionProcess, assertion: str) -> None:
        self.postgres, self.engine, self.started = postgres, engine, started
        self.headers = {ASSERTION_HEADER: assertion}
        self.runs = RunStoreService(engine)

    def address(self, path: str) -> str:
        return f"http://{HOST}:{self.started.port}{path}"

    def happen(self, count: int) -> None:
        """Add `count` events to the journal of each run."""
        for run_id in RUN_IDS:
            with self.engine.begin() as connection:
                append_to_journal(connection, run_id, [(EventKind.PROGRESS, {"n": n}) for n in range(count)], at=NOON)

    def finish(self) -> None:
        for run_id in RUN_IDS:
            self.runs.update_run_status(run_id, RunStatus.FAILED, at=NOON)

    def write_log(self, run_id: str, entries: int) -> None:
        """Write a log with entries of 1 MB."""
        records = [LogRecord(0, 1 << 20, NOON, "INFO", "main", "nextflow", b"x" * (1 << 20))] * entries
        with IngestStore(self.engine).writing(run_id) as writer:
            writer.add_entries(records, first_number=0)
            writer.move_cursor(NEXTFLOW_LOG, FileCursor(next_number=entries), after=FileCursor(), at=NOON)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A separate Postgres, which the test can stop."""
    server = Postgres(tmp_path_factory.mktemp("postgres"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def function(postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[Function]:
    name = request.node.name
    postgres.create_database(name)
    url = postgres.url(name)
    migrate(url)
    engine = make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=2))
    for run_id in RUN_IDS:
        RunStoreService(engine).create_run(make_run(run_id=run_id))
    with server_for("events", url, EVENT_POLL_INTERVAL_S=POLL_S, STREAMS_PER_USER="1000") as server:
        yield Function(postgres, engine, server.start_function("events"), server.iap.assertion(ADMIN))
    engine.dispose()


async def follow(client: httpx.AsyncClient, path: str, into: list[ServerSentEvent]) -> None:
    """Collect events until the stream ends."""
    async with aconnect_sse(client, "GET", path) as source:
        async for event in source.aiter_sse():
            into.append(event)  # noqa: PERF401 others look on


async def eventually(seen: list[list[ServerSentEvent]], count: int) -> None:
    """Wait until every client has received `count` events."""
    async with asyncio.timeout(60):
        while any(len(events) < count for events in seen):  # noqa: ASYNC110 clients have no event to wait for
            await asyncio.sleep(0.02)


def client_of(function: Function) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(base_url=function.address(""), headers=function.headers, timeout=60, limits=limits)


def test_events_during_a_database_outage_arrive_after_it(function: Function) -> None:
    seen: list[list[ServerSentEvent]] = [[] for _ in range(len(RUN_IDS) * VIEWERS_OF_EACH)]

    async def watch() -> httpx.Response:
        async with client_of(function) as client, asyncio.TaskGroup() as viewers:
            for number, events in enumerate(seen):
                path = f"/api/runs/{RUN_IDS[number % len(RUN_IDS)]}/events"
                viewers.create_task(follow(client, path, events))
            await eventually(seen, 1)  # a stream that opens later begins with the state and not with the first event
            await asyncio.to_thread(function.happen, 3)
            await eventually(seen, 4)
            await asyncio.to_thread(function.postgres.stop)
            refused = await client.get(f"/api/runs/{RUN_IDS[0]}/events")
            await asyncio.sleep(0.5)
            await asyncio.to_thread(function.postgres.start)
            function.engine.dispose()  # a write on a connection that was lost within the last second fails
            await asyncio.to_thread(function.happen, 3)
            await asyncio.to_thread(function.finish)
        return refused

    refused = asyncio.run(watch())

    assert [[event.id for event in events] for events in seen] == [[str(n) for n in range(1, 10)]] * len(seen)
    assert {events[-1].event for events in seen} == {"done"}
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0


def test_sigterm_ends_all_streams_within_seconds(function: Function) -> None:
    function.write_log(RUN_IDS[0], entries=20)
    seen: list[list[ServerSentEvent]] = [[] for _ in range(20)]

    async def watch() -> float:
        async with client_of(function) as client, asyncio.TaskGroup() as viewers:
            for events in seen:
                viewers.create_task(follow(client, f"/api/runs/{RUN_IDS[0]}/events", events))
            await eventually(seen, 1)
            await asyncio.sleep(1)  # long enough to fill the buffers between function and client
            psutil.Process(function.started.pid).send_signal(signal.SIGTERM)
            return time.monotonic()

    with stalled_client(function, f"/api/runs/{RUN_IDS[0]}/logs/stream"):
        signalled_at = asyncio.run(watch())
        psutil.Process(function.started.pid).wait(60)

    assert time.monotonic() - signalled_at < 25  # about 4 s on an idle machine; alone, the server waits for 30 s
    assert [[event.event for event in events] for events in seen] == [["status"]] * len(seen)


def stalled_client(function: Function, path: str) -> socket.socket:
    """A connection that requests more than its buffers hold and does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((HOST, function.started.port))
    headers = "".join(f"{name}: {value}\r\n" for name, value in function.headers.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n".encode())
    assert connection.recv(15) == b"HTTP/1.1 200 OK"
    return connection
