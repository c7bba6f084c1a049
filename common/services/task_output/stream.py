"""TaskLogStreamService: what tasks print as it grows; each task is looked at by one for all who watch it."""

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

if TYPE_CHECKING:  # whoever streams events alone does not need what it imports
    from common.services.task_output.outputs import FoundOutput

log = telemetry("task_log_streams")

_MOST_TASKS: Final = 100  # of which up to 2 MiB each are held
_LOOKS_AT_ONCE: Final = 4

Looked = tuple[Task, "FoundOutput"]


@dataclass(frozen=True, slots=True)
class OutputNews:
    """One event of a stream; `mark` is what the reader names to go on after it."""

    kind: OutputEvent
    mark: str | None
    data: dict[str, Any]


@dataclass(eq=False, slots=True)
class _Watch:
    """One task that is watched, as it was found last."""

    run_id: str
    looked: Looked
    viewers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    watcher: asyncio.Task[None] | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.run_id, self.looked[0].hash

    @property
    def is_over(self) -> bool:
        return self.looked[1].is_final

    @property
    def has_failed(self) -> bool:
        """Whether nobody looks any more, although there may be more to see."""
        return self.watcher is not None and self.watcher.done() and not self.is_over

    @property
    def now(self) -> ClientState:
        output = self.looked[1].output
        return ClientState(output.stdout, output.stderr)

    def found(self, looked: Looked) -> None:
        """Let everybody know if there is anything new."""
        before, self.looked = (self.now, self.is_over), looked
        if before != (self.now, self.is_over):
            self.changed.set()
            self.changed = asyncio.Event()


class TaskLogStreamService:
    """Streams what tasks print; must be used from one event loop.

    `look` answers for a run id and a task id; it raises NotFoundError, TooManyRequestsError and UnavailableError.
    """

    def __init__(self, look: Callable[[str, str], Looked], *, look_interval_s: float = 10.0) -> None:
        self._look, self._look_interval_s = look, look_interval_s
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._threads = ThreadPoolExecutor(_LOOKS_AT_ONCE, thread_name_prefix="task-logs")

    async def stream_task_logs(
        self, run_id: str, task_id: str, *, seen: str | None, heartbeat_s: float
    ) -> AsyncGenerator[list[OutputNews]]:
        """What a task prints after the mark `seen`, and then `done`; none at all is a heartbeat.

        A mark that does not fit leads to `reset` and everything. Raises what looking raises, and UnavailableError
        while too many tasks are watched.
        """
        looked = await asyncio.to_thread(self._look, run_id, task_id)
        watch = _Watch(run_id, looked)
        if watch.key not in self._watches and len(self._watches) >= _MOST_TASKS:
            raise UnavailableError("the output of too many tasks is being followed; try again", retry_after_s=30)
        return self._follow(watch, seen, heartbeat_s)

    async def _follow(self, fresh: _Watch, seen: str | None, heartbeat_s: float) -> AsyncGenerator[list[OutputNews]]:
        with self._watched(fresh) as watch:
            told = resume_state(seen, watch.now) if seen else ClientState()
            while not watch.has_failed:
                changed, is_over, now = watch.changed, watch.is_over, watch.now
                news = [_news_of(piece) for piece in changes_between(told, now)]
                told = now
                if is_over:
                    yield [*news, _done(watch)]
                    return
                if news:
                    yield news
                if not await _is_set(changed, heartbeat_s):
                    yield []

    @contextmanager
    def _watched(self, fresh: _Watch) -> Iterator[_Watch]:
        """The watch that is kept of a task, or else this one, which is kept for as long as it has viewers."""
        watch = self._watches.setdefault(fresh.key, fresh)
        watch.viewers += 1
        if watch.watcher is None:
            watch.watcher = asyncio.create_task(self._keep_looking(watch), context=Context())
        try:
            yield watch
        finally:
            watch.viewers -= 1
            if not watch.viewers:
                watch.watcher.cancel()
                del self._watches[watch.key]

    async def _keep_looking(self, watch: _Watch) -> None:
        loop, task_id = asyncio.get_running_loop(), task_id_of(watch.looked[0])
        while not watch.is_over:
            await asyncio.sleep(self._look_interval_s)
            try:
                watch.found(await loop.run_in_executor(self._threads, self._look, watch.run_id, task_id))
            except (TooManyRequestsError, UnavailableError, SQLAlchemyError) as error:
                log.warning("output not read", extra={"action": "look_failed", "why": str(error)})


def _news_of(piece: OutputChange) -> OutputNews:
    return OutputNews(piece.event, piece.state.mark, {"text": piece.text} if piece.text else {})


def _done(watch: _Watch) -> OutputNews:
    task, _ = watch.looked
    return OutputNews(
        OutputEvent.DONE, None, {"run_id": watch.run_id, "task_id": task_id_of(task), "status": task.status.value}
    )


async def _is_set(event: asyncio.Event, within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
