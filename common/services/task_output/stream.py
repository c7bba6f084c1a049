"""TaskOutputStreamService: streams the growing output of tasks; viewers of one task share one poller.

Reading output can take seconds, so it has threads of its own: other streams of the process never wait for them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from common.domain.tasks.output import task_id_of
from common.domain.tasks.output_diff import ClientState, OutputChange, OutputEvent, changes_between, resume_state
from common.domain.tasks.task import Task
from common.errors import TooManyRequestsError, UnavailableError
from common.telemetry import telemetry

if TYPE_CHECKING:  # the other streams do not need what it imports
    from common.services.task_output.outputs import FetchedOutput

log = telemetry("task_log_streams")

_MOST_TASKS: Final = 100  # up to 2 MiB of output are held for each
_READS_AT_ONCE: Final = 4

TaskSnapshot = tuple[Task, "FetchedOutput"]


@dataclass(frozen=True, slots=True)
class OutputStreamEvent:
    """One event of a stream; a client sends `mark` to resume after it."""

    kind: OutputEvent
    mark: str | None
    data: dict[str, Any]


@dataclass(eq=False, slots=True)
class _Watch:
    """A task with viewers. It has a snapshot once `first_look` is done."""

    run_id: str
    task_id: str  # as the viewers named it
    first_look: asyncio.Task[TaskSnapshot]
    latest: TaskSnapshot | None = None
    viewers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    poller: asyncio.Task[None] | None = None

    @property
    def snapshot(self) -> TaskSnapshot:
        return self.latest or self.first_look.result()

    @property
    def is_final(self) -> bool:
        return self.snapshot[1].is_final

    @property
    def has_failed(self) -> bool:
        """Whether the poller has ended although the output may grow."""
        return self.poller is not None and self.poller.done() and not self.is_final

    @property
    def state(self) -> ClientState:
        output = self.snapshot[1].output
        return ClientState(output.stdout, output.stderr)

    def update(self, snapshot: TaskSnapshot) -> None:
        """Keep the snapshot, and wake the viewers if it differs from the last one."""
        before, self.latest = (self.state, self.is_final), snapshot
        if before != (self.state, self.is_final):
            self.changed.set()
            self.changed = asyncio.Event()

    def stop(self) -> None:
        self.first_look.cancel()
        if self.poller:
            self.poller.cancel()


class TaskOutputStreamService:
    """Streams the output of tasks; must be used from one event loop.

    `read_task` returns the snapshot for a run id and a task id; it raises NotFoundError, TooManyRequestsError and
    UnavailableError.
    """

    def __init__(self, read_task: Callable[[str, str], TaskSnapshot], *, poll_interval_s: float = 10.0) -> None:
        self._read_task, self._poll_interval_s = read_task, poll_interval_s
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._threads = ThreadPoolExecutor(_READS_AT_ONCE, thread_name_prefix="task-logs")

    async def stream_task_logs(
        self, run_id: str, task_id: str, *, seen: str | None, heartbeat_s: float
    ) -> AsyncGenerator[list[OutputStreamEvent]]:
        """The output of a task after the mark `seen`, and then `done`. An empty list is a heartbeat.

        A mark that does not fit the output leads to `reset` and all of the output. Raises the errors of `read_task`,
        and UnavailableError, before anything is read, while too many tasks are being followed.
        """
        stream = self._follow(run_id, task_id, seen, heartbeat_s)
        await anext(stream)  # up to the first look, so that its errors are raised here
        return stream

    async def _follow(
        self, run_id: str, task_id: str, seen: str | None, heartbeat_s: float
    ) -> AsyncGenerator[list[OutputStreamEvent]]:
        with self._watched(run_id, task_id) as watch:
            await asyncio.shield(watch.first_look)  # shared with the other viewers of the task
            yield []
            self._keep_polling(watch)
            sent = resume_state(seen, watch.state) if seen else ClientState()
            while not watch.has_failed:
                changed, is_final, state = watch.changed, watch.is_final, watch.state
                events = [_event_of(change) for change in changes_between(sent, state)]
                sent = state
                if is_final:
                    yield [*events, _done(watch)]
                    return
                if events:
                    yield events
                if not await _is_set(changed, heartbeat_s):
                    yield []

    @contextmanager
    def _watched(self, run_id: str, task_id: str) -> Iterator[_Watch]:
        """The watch of a task, which is kept while it has viewers; the first of them starts the first look."""
        key = run_id, task_id
        if key not in self._watches:
            if len(self._watches) >= _MOST_TASKS:
                raise UnavailableError("too many tasks are being followed; try again in 30 s", retry_after_s=30)
            first_look = asyncio.create_task(self._look(run_id, task_id), context=Context())
            self._watches[key] = _Watch(run_id, task_id, first_look)
        watch = self._watches[key]
        watch.viewers += 1
        try:
            yield watch
        finally:
            watch.viewers -= 1
            if not watch.viewers:
                watch.stop()
                del self._watches[key]

    def _keep_polling(self, watch: _Watch) -> None:
        if watch.poller is None:
            watch.poller = asyncio.create_task(self._poll(watch), context=Context())

    async def _poll(self, watch: _Watch) -> None:
        while not watch.is_final:
            await asyncio.sleep(self._poll_interval_s)
            try:
                watch.update(await self._look(watch.run_id, watch.task_id))
            except (TooManyRequestsError, UnavailableError, SQLAlchemyError) as error:
                log.warning("task output not read; trying again", extra={"action": "look_failed", "why": str(error)})

    async def _look(self, run_id: str, task_id: str) -> TaskSnapshot:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read_task, run_id, task_id)


def _event_of(change: OutputChange) -> OutputStreamEvent:
    return OutputStreamEvent(change.event, change.state.mark, {"text": change.text} if change.text else {})


def _done(watch: _Watch) -> OutputStreamEvent:
    task, _ = watch.snapshot
    return OutputStreamEvent(
        OutputEvent.DONE, None, {"run_id": watch.run_id, "task_id": task_id_of(task), "status": task.status.value}
    )


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
