"""The addresses that stream a run's events, its log and the output of its tasks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, aclosing
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import Response

from common.domain.runs.access import Caller
from common.domain.runs.live_events import LiveEvent
from common.domain.text.secrets import hide_in
from common.errors import TooManyRequestsError
from common.services.logs.stream import LogStreamEvent, LogStreamService
from common.services.postgres.engine import check_ready
from common.services.runs.events import RunEventService
from common.services.task_output.stream import OutputStreamEvent, TaskOutputStreamService
from common.web.asgi import AsyncRoutes
from common.web.callers.limits import UserSlots
from common.web.describing import Operation, Text
from common.web.guard import RunGuard
from common.web.query import Query, read_query
from common.web.sse import frames as sse
from common.web.sse.stream import EventStream, OpenStreams

HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
_DEEPEST = 10_000_000
_GUARDS_AT_ONCE = 1

_Result = TypeVar("_Result")

_Event = TypeVar("_Event")
_EVENTS = Text("text/event-stream", 'retry: 2000\nid: 1\nevent: status\ndata: {"status":"pending"}\n\n')
_ENTRIES = Text(
    "text/event-stream", 'retry: 2000\nid: 0\nevent: entry\ndata: {"number":0,"message":"$> nextflow run"}\n\n'
)
_OUTPUT = Text("text/event-stream", 'retry: 2000\nid: 6-0-a2c6d8e1\nevent: stdout\ndata: {"text":"hello\\n"}\n\n')


def _last_event_id_from(query: Query) -> str | None:
    about = (
        "The id of the last event that the client received, for clients that cannot send Last-Event-ID; an unknown "
        "id is ignored."
    )
    return query.anything("last_event_id", about=about)


def _log_position_from(query: Query) -> tuple[str | None, int]:
    about = "The number of the first entry to send; ignored with a last event id."
    return _last_event_id_from(query), query.integer("offset", 0, low=0, high=_DEEPEST, about=about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """The streams of this process, and how many of them one user may have.

    `take_look` counts a user's look at task output and raises TooManyRequestsError.
    """

    open: OpenStreams
    all_streams: UserSlots
    task_streams: UserSlots
    take_look: Callable[[str], None]


class EventEndpoints:
    """Streams events. Access to a run is checked when a stream begins, and not again while it lasts."""

    def __init__(
        self,
        guard: RunGuard,
        events: RunEventService,
        logs: LogStreamService,
        task_logs: TaskOutputStreamService,
        *,
        streams: Streams,
        engine: Engine,
        project: str | None = None,
        origins: Collection[str] = (),
    ) -> None:
        self._guard = guard
        self._events = events
        self._logs = logs
        self._task_logs = task_logs
        self._streams = streams
        # Hundreds may open the output of a task at once, when a run fails; other streams must not wait for them.
        self._output_guards = ThreadPoolExecutor(_GUARDS_AT_ONCE, thread_name_prefix="output-guards")
        self.routes = AsyncRoutes(
            {
                "/api/runs/<run_id>/events": self.run_events,
                "/api/runs/<run_id>/logs/stream": self.workflow_log,
                "/api/runs/<run_id>/tasks/<task_id>/logs/stream": self.task_log,
            },
            ready=partial(asyncio.to_thread, check_ready, engine),
            project=project,
            origins=origins,
        )

    @Operation("stream_run_events", {200: _EVENTS, 204: ()}, query=_last_event_id_from, errors=(TooManyRequestsError,))
    async def run_events(self, request: Request, run_id: str) -> Response:
        """Stream the events of a run: `status`, `progress` and, at the end, `done`.

        Begins with the current `status` and the latest `progress`, or resumes after the event in Last-Event-ID or
        `last_event_id` (0: all events). If the stream ends without `done`, connect again. After `done` there is nothing
        to resume: 204, for which a browser does not connect again.
        """
        caller = await asyncio.to_thread(self._guard.permitted_caller, request.headers, run_id)
        given_id = read_query(request.query_params.multi_items(), _last_event_id_from)
        seen = sse.last_event_id(request.headers.get("last-event-id"), given_id)
        events = partial(self._events.stream_run_events, run_id, after=seen, heartbeat_s=HEARTBEAT_S)
        return await self._stream(caller, [self._streams.all_streams], events, _frame_of_event)

    @Operation("stream_workflow_log", {200: _ENTRIES}, query=_log_position_from, errors=(TooManyRequestsError,))
    async def workflow_log(self, request: Request, run_id: str) -> Response:
        """Stream the log of a run: an `entry` for each complete entry and, at the end of the run, `done`.

        The last entry of a growing log comes at once, with `open: true` and no id; a later `entry` with the same number
        replaces it. Resumes after the entry in Last-Event-ID or `last_event_id`. If the stream ends without `done`,
        connect again. The log of an old run is read again first, which takes seconds.
        """
        caller = await asyncio.to_thread(self._guard.permitted_caller, request.headers, run_id)
        given_id, offset = read_query(request.query_params.multi_items(), _log_position_from)
        seen = sse.last_event_id(request.headers.get("last-event-id"), given_id)
        entries = partial(self._logs.stream_workflow_log, run_id, offset=offset, seen=seen, heartbeat_s=HEARTBEAT_S)
        return await self._stream(caller, [self._streams.all_streams], entries, _frame_of_log)

    @Operation("stream_task_logs", {200: _OUTPUT}, query=_last_event_id_from, errors=(TooManyRequestsError,))
    async def task_log(self, request: Request, run_id: str, task_id: str) -> Response:
        """Stream the output of a task: `stdout`, `stderr`, `reset` and, when it is complete, `done`.

        `stdout` and `stderr` have text to append. `reset` says to discard all earlier text, because the output was
        replaced or its start was cut off. Resumes after the event in Last-Event-ID or `last_event_id`. If the stream
        ends without `done`, connect again.
        """
        caller = await _in_threads(self._output_guards, self._guard.permitted_caller, request.headers, run_id)
        given_id = read_query(request.query_params.multi_items(), _last_event_id_from)
        seen = request.headers.get("last-event-id") or given_id
        await _in_threads(self._output_guards, self._streams.take_look, caller.email)
        output = partial(self._task_logs.stream_task_logs, run_id, task_id, seen=seen, heartbeat_s=HEARTBEAT_S)
        slots = [self._streams.all_streams, self._streams.task_streams]
        return await self._stream(caller, slots, output, _frame_of_output)

    async def _stream(
        self,
        caller: Caller,
        slots: Iterable[UserSlots],
        open_events: Callable[[], Awaitable[AsyncGenerator[list[_Event]] | None]],
        frame_of: Callable[[_Event], bytes],
    ) -> Response:
        """A stream that holds one of the caller's slots of each kind until it ends; 204 if there is nothing to send."""
        with ExitStack() as held:
            for kind in slots:
                held.callback(kind.take(caller.email))
            events = await open_events()
            if events is None:
                return Response(status_code=204)
            frames = _frames(events, frame_of)
            return EventStream(frames, self._streams.open, held.pop_all().close)


async def _in_threads(threads: Executor, function: Callable[..., _Result], *arguments: object) -> _Result:
    """As asyncio.to_thread, in these threads."""
    call = partial(copy_context().run, function, *arguments)
    return await asyncio.get_running_loop().run_in_executor(threads, call)


async def _frames(stream: AsyncGenerator[list[_Event]], frame_of: Callable[[_Event], bytes]) -> AsyncGenerator[bytes]:
    """The bytes of a stream, with a comment whenever there are no events."""
    yield sse.retry(RECONNECT_MS)
    async with aclosing(stream):
        async for events in stream:
            yield b"".join(map(frame_of, events)) or sse.comment("keep-alive")


def _frame_of_event(event: LiveEvent) -> bytes:
    return sse.frame(event.kind, hide_in(event.data), event.seq)


def _frame_of_log(event: LogStreamEvent) -> bytes:
    return sse.frame(event.kind, event.data, event.number)


def _frame_of_output(event: OutputStreamEvent) -> bytes:
    return sse.frame(event.kind, event.data, event.mark)
