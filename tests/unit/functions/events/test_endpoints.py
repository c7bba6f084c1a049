"""Live events over ASGI, with a real database and real assertions."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from starlette.requests import Request

from common.domain.runs.access import Caller
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.domain.tasks.output import OutputSource, TaskOutput, task_id_of
from common.domain.tasks.task import TaskStatus
from common.errors import NotFoundError
from common.services.logs.stream import EntryReader, LogStreamEvent, LogStreamService
from common.services.postgres.engine import DatabaseSettings, make_engine
from common.services.postgres.live_feed import FeedBatch, FeedPosition
from common.services.runs.events import RunEventService
from common.services.runs.journal import JournalReader
from common.services.runs.store import RunStoreService
from common.services.task_output.outputs import FetchedOutput
from common.services.task_output.stream import TaskOutputStreamService, TaskSnapshot
from common.web.asgi import serve_async
from common.web.callers.identity import ASSERTION_HEADER, HeaderLists, IapVerifier, get_current_user
from common.web.callers.keys import KeySet
from common.web.guard import RunGuard
from functions.events.endpoints import EventEndpoints, Streams
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.layout import ADMIN, DEFAULT_USER, HOSTED_DOMAIN, IAP_AUDIENCE
from localdev.stack.ports import free_port
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.async_tests import in_time
from tests.support.functions.asgi import app_of, ask
from tests.support.limits import make_streams
from tests.support.logs.entries import never_restore
from tests.support.runs import NOON, make_task

EVENTS, LOG = f"/api/runs/{RUN}/events", f"/api/runs/{RUN}/logs/stream"


@pytest.fixture(scope="session")
def iap(tmp_path_factory: pytest.TempPathFactory) -> IapSigner:
    return IapSigner(tmp_path_factory.mktemp("keys"))


def look(run_id: str, task_id: str) -> TaskSnapshot:
    """One task, which printed one line and has ended."""
    task = make_task(status=TaskStatus.COMPLETED)
    if (run_id, task_id) != (RUN, task_id_of(task)):
        raise NotFoundError(f"run {run_id} has no task {task_id}")
    output = TaskOutput(stdout="hello\n", source=OutputSource.WORK_DIR)
    return task, FetchedOutput(output=output, as_of=NOON, is_final=True)


class Function:
    """The function, called over ASGI with IAP assertions."""

    def __init__(
        self, engine: Engine, iap: IapSigner, streams: Streams | None = None, log: EntryReader | None = None
    ) -> None:
        keys = KeySet("https://keys", fetch=lambda _url: iap.keys)
        verifier = IapVerifier(IAP_AUDIENCE, HOSTED_DOMAIN, frozenset({ADMIN}), keys)
        events = RunEventService(JournalReader(engine), poll_interval_s=0.1)
        logs = LogStreamService(log or EntryReader(engine), restore=never_restore, poll_interval_s=0.1)
        task_logs = TaskOutputStreamService(look, poll_interval_s=0.1)
        identify = partial(get_current_user, verifier=verifier)
        endpoints = EventEndpoints(
            RunGuard(identify, RunStoreService(engine)),
            events,
            logs,
            task_logs,
            streams=streams or make_streams(),
            engine=engine,
        )
        self._app, self._iap = app_of(partial(serve_async, endpoints.routes)), iap

    def __call__(
        self, path: str = EVENTS, *, user: str | None = DEFAULT_USER, method: str = "GET", **headers: str
    ) -> httpx.Response:
        signed = {ASSERTION_HEADER: self._iap.assertion(user)} if user else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self._app, path, signed | named, method=method)


@pytest.fixture
def send(emptied_engine: Engine, iap: IapSigner) -> Function:
    return Function(emptied_engine, iap)


@pytest.fixture
def completed(stage: Stage) -> Stage:
    """A run whose journal has pending, submitted, running, completed and done."""
    stage.running()
    stage.runs.update_run_status(RUN, RunStatus.COMPLETED, at=NOON)
    return stage


def events_in(answer: httpx.Response) -> list[tuple[str, str, Any]]:
    """Id, kind and data of every event of a stream."""
    assert answer.status_code == 200, answer.text
    return [(frame["id"], frame["event"], json.loads(frame["data"])) for frame in frames_in(answer)]


def frames_in(answer: httpx.Response) -> list[dict[str, str]]:
    """The fields of every event of a stream."""
    frames = [dict(line.split(": ", 1) for line in frame.split("\n")) for frame in answer.text.strip().split("\n\n")]
    return [frame for frame in frames if "event" in frame]


def test_an_ended_run_is_streamed_from_its_start_to_done(send: Function, completed: Stage) -> None:
    events = events_in(send(last_event_id="0"))
    assert [(number, kind) for number, kind, _ in events] == [
        *((str(number), "status") for number in range(1, 5)),
        ("5", "done"),
    ]
    assert [data["status"] for _, _, data in events] == ["pending", "submitted", "running", "completed", "completed"]


def test_a_client_that_reconnects_after_done_is_told_to_stop(send: Function, completed: Stage) -> None:
    answer = send(last_event_id="5")
    assert (answer.status_code, answer.content) == (204, b"")
    assert send(f"/api/runs/{RUN}/events?last_event_id=4").status_code == 200


def test_a_client_without_a_last_event_id_gets_the_state_first(send: Function, completed: Stage) -> None:
    events = events_in(send())
    assert [(number, kind, data["status"]) for number, kind, data in events] == [
        ("4", "status", "completed"),
        ("5", "done", "completed"),
    ]


def test_a_stream_is_neither_cached_nor_buffered(send: Function, completed: Stage) -> None:
    headers = send().headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert "x-request-id" in headers


def test_a_stream_starts_with_the_retry_delay(send: Function, completed: Stage) -> None:
    assert send().text.startswith("retry: 2000\nid: 4\n")


@pytest.mark.parametrize(
    ("seen", "ids"),
    [
        ("0", ["1", "2", "3", "4", "5"]),
        ("3", ["4", "5"]),
        ("4", ["5"]),
        ("99", ["4", "5"]),
        ("x", ["4", "5"]),
    ],
)
def test_a_reconnecting_client_gets_only_later_events(
    send: Function, completed: Stage, seen: str, ids: list[str]
) -> None:
    assert [number for number, _, _ in events_in(send(last_event_id=seen))] == ids


def test_the_last_event_id_can_be_a_query_parameter(send: Function, completed: Stage) -> None:
    assert [number for number, _, _ in events_in(send(f"{EVENTS}?last_event_id=4"))] == ["5"]


@pytest.fixture
def ends_soon(stage: Stage) -> Iterator[Stage]:
    """A running run that is cancelled a moment later."""
    stage.running()

    def end() -> None:
        stage.request_cancel.run(RUN, ANA)
        stage.runs.update_run_status(RUN, RunStatus.CANCELLED, at=NOON)

    timer = threading.Timer(0.3, end)
    timer.start()
    yield stage
    timer.join()


def test_a_live_run_is_followed_to_its_end(send: Function, ends_soon: Stage) -> None:
    events = events_in(send(last_event_id="3"))
    assert [(kind, data["status"]) for _, kind, data in events] == [
        ("status", "running"),
        ("status", "cancelled"),
        ("done", "cancelled"),
    ]
    assert events[0][2]["cancel_requested_at"] == NOON.isoformat()


@pytest.mark.parametrize(
    ("user", "path", "status", "code"),
    [
        (None, EVENTS, 401, "UNAUTHENTICATED"),
        ("eve@evil.example", EVENTS, 403, "FORBIDDEN"),
        ("ben@lab.example", EVENTS, 403, "FORBIDDEN"),
        (DEFAULT_USER, "/api/runs/run-00000000/events", 404, "NOT_FOUND"),
        (DEFAULT_USER, "/api/runs", 404, "NOT_FOUND"),
        (DEFAULT_USER, f"/api/runs/{RUN}/tasks/ab-000000/logs/stream", 404, "NOT_FOUND"),
        ("ben@lab.example", LOG, 403, "FORBIDDEN"),
        ("ben@lab.example", f"/api/runs/{RUN}/tasks/ab-cdef01/logs/stream", 403, "FORBIDDEN"),
        (DEFAULT_USER, f"{LOG}?offset=-1", 422, "VALIDATION_ERROR"),
    ],
)
def test_errors_come_before_the_stream_in_the_standard_form(
    send: Function, completed: Stage, user: str | None, path: str, status: int, code: str
) -> None:
    answer = send(path, user=user)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    assert {"error", "detail", "code", "request_id"} <= set(answer.json())


def test_task_output_is_streamed_with_ids_to_resume_after(send: Function, completed: Stage) -> None:
    address = f"/api/runs/{RUN}/tasks/ab-cdef01/logs/stream"
    first, done = frames_in(send(address))
    assert (first["event"], json.loads(first["data"])) == ("stdout", {"text": "hello\n"})
    assert (done["event"], json.loads(done["data"])["status"], "id" in done) == ("done", "COMPLETED", False)
    assert [frame["event"] for frame in frames_in(send(address, last_event_id=first["id"]))] == ["done"]
    assert [frame["event"] for frame in frames_in(send(f"{address}?last_event_id=x"))] == ["reset", "stdout", "done"]


class EndingReader(EntryReader):
    """Ends the run at its third look at the log; what it found at the first is with the viewers by then."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.engine)
        self._stage, self._looks = stage, 0

    def entries_after(self, positions: Mapping[FeedPosition, int]) -> FeedBatch[LogStreamEvent]:
        self._looks += 1
        if self._looks == 3:
            self._stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
        return super().entries_after(positions)


def test_the_open_entry_has_no_id_and_is_replaced_when_the_run_ends(iap: IapSigner, stage: Stage) -> None:
    send = Function(stage.engine, iap, log=EndingReader(stage))
    stage.running()
    stage.upload(log=b"Nov-23 12:00:00.000 [main] INFO  nf.A - one\nNov-23 12:00:01.000 [main] INFO  nf.A - two\n")
    stage.read_file.run(stage.run(), NEXTFLOW_LOG)

    *entries, done = frames_in(send(LOG))

    found = [(frame.get("id"), json.loads(frame["data"])) for frame in entries]
    assert [(number, data["number"], data["message"], data["open"]) for number, data in found] == [
        ("0", 0, "one", False),
        (None, 1, "two", True),
        ("1", 1, "two", False),
    ]
    assert done["event"] == "done"


def test_the_log_of_a_run_without_one_ends_at_once(send: Function, completed: Stage) -> None:
    (done,) = frames_in(send(f"{LOG}?offset=5&last_event_id=x"))
    assert (done["event"], json.loads(done["data"])) == ("done", {"run_id": RUN, "status": "completed"})


def test_an_admin_may_stream_any_run(send: Function, completed: Stage) -> None:
    assert len(events_in(send(user=ADMIN))) == 2


def test_head_of_a_live_stream_ends_at_once(send: Function, stage: Stage) -> None:
    stage.running()
    assert send(method="HEAD").status_code == 200


def test_other_methods_are_405(send: Function) -> None:
    assert send(method="POST").status_code == 405


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_ready_need_no_identity(send: Function, path: str) -> None:
    assert send(path, user=None).status_code == 200


class SlowGuard(RunGuard):
    """Lets the viewers of output, whom a header marks, wait until `may_pass` is set."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(lambda _headers: Caller(email=DEFAULT_USER), RunStoreService(engine))
        self.may_pass = threading.Event()

    def permitted_caller(self, headers: HeaderLists, run_id: str) -> Caller:
        if headers.getlist("x-viewer"):
            self.may_pass.wait(90)
        return super().permitted_caller(headers, run_id)


def test_a_stream_does_not_wait_for_the_guard_of_output_viewers(emptied_engine: Engine, completed: Stage) -> None:
    guard = SlowGuard(emptied_engine)
    endpoints = EventEndpoints(
        guard,
        RunEventService(JournalReader(emptied_engine), poll_interval_s=0.1),
        LogStreamService(EntryReader(emptied_engine), restore=never_restore, poll_interval_s=0.1),
        TaskOutputStreamService(look, poll_interval_s=0.1),
        streams=make_streams(),
        engine=emptied_engine,
    )

    def request(*headers: tuple[bytes, bytes]) -> Request:
        return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": list(headers)})

    async def open_all() -> None:
        viewers = [
            asyncio.create_task(endpoints.task_log(request((b"x-viewer", b"1")), RUN, "ab-cdef01")) for _ in range(100)
        ]
        await asyncio.sleep(0)
        try:
            await endpoints.run_events(request(), RUN)
        finally:
            guard.may_pass.set()
        for viewer in viewers:
            viewer.cancel()
        await asyncio.wait(viewers)

    in_time(open_all())


@pytest.fixture
def nowhere() -> Iterator[Engine]:
    """An engine on a database that cannot be reached."""
    url = f"postgresql+pg8000://u:p@127.0.0.1:{free_port()}/d"
    engine = make_engine(DatabaseSettings(url=url, instance="", user="", name="", pool_size=1))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(("path", "status"), [("/health", 200), ("/ready", 503), (EVENTS, 503)])
def test_no_stream_starts_while_the_database_is_unavailable(
    nowhere: Engine, iap: IapSigner, path: str, status: int
) -> None:
    assert Function(nowhere, iap)(path).status_code == status


def test_one_user_has_a_limited_number_of_streams(emptied_engine: Engine, iap: IapSigner, stage: Stage) -> None:
    stage.running()
    streams = make_streams(all_streams=3)
    function = Function(emptied_engine, iap, streams)
    releases = [streams.all_streams.take(DEFAULT_USER) for _ in range(3)]
    for path in (EVENTS, LOG, f"/api/runs/{RUN}/tasks/ab-cdef01/logs/stream"):
        answer = function(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
        assert "you have 3 open streams" in answer.json()["detail"]
    releases[0]()
    stage.runs.update_run_status(RUN, RunStatus.COMPLETED, at=NOON)
    assert function(EVENTS).status_code == 200


def test_streams_give_their_slots_back(emptied_engine: Engine, iap: IapSigner, completed: Stage) -> None:
    streams = make_streams(all_streams=1, task_streams=1)
    function = Function(emptied_engine, iap, streams)
    task = f"/api/runs/{RUN}/tasks/ab-cdef01/logs/stream"
    missing = f"/api/runs/{RUN}/tasks/no-such/logs/stream"
    for path, method in ((EVENTS, "GET"), (LOG, "GET"), (task, "GET"), (missing, "GET"), (EVENTS, "HEAD")):
        function(path, method=method)
    assert streams.all_streams._taken == streams.task_streams._taken == {}


def test_task_output_has_fewer_slots_than_other_streams(
    emptied_engine: Engine, iap: IapSigner, completed: Stage
) -> None:
    streams = make_streams(all_streams=5, task_streams=1)
    streams.task_streams.take(DEFAULT_USER)
    function = Function(emptied_engine, iap, streams)
    assert function(f"/api/runs/{RUN}/tasks/ab-cdef01/logs/stream").status_code == 429
    assert function(EVENTS).status_code == 200
