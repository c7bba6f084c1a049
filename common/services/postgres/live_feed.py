"""LiveFeed: one poller that finds news for any number of viewers, with one question a tick.

A viewer follows a topic, whose items are numbered without gaps, from the last number it has seen. The poller asks for
what follows the places that viewers have reached; however many stand at one place, it is asked for once. What is
found waits for each viewer up to a limit. What does not fit is found again once there is room, so no viewer waits for
a slower one, and none makes the process grow.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from common.errors import UnavailableError
from common.telemetry import telemetry

log = telemetry("live_feed")

_SHORTEST_PAUSE_S = 0.05
_ROOM = 64 * 1024  # per viewer, in the unit of News.size; one item more may be on its way to the reader

Body = TypeVar("Body")
Place = tuple[str, int]  # a topic and the number of the last item seen there


@dataclass(frozen=True, slots=True)
class News(Generic[Body]):
    """An item of a topic; nothing follows the last one. `size` is about how many bytes it will be to a reader."""

    topic: str
    number: int
    body: Body
    size: int
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Found(Generic[Body]):
    """What follows some places, in the order of the numbers of each topic; `more` says that more can be had at once."""

    news: Sequence[News[Body]]
    more: bool = False


@dataclass(eq=False, slots=True)
class _Viewer(Generic[Body]):
    """One stream: `waiting` is what it is still to be told, up to the item numbered `seen`."""

    topic: str
    seen: int
    waiting: list[News[Body]] = field(default_factory=list)
    size: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> Place:
        return self.topic, self.seen

    @property
    def has_room(self) -> bool:
        return self.size < _ROOM

    def tell(self, item: News[Body]) -> None:
        self.waiting.append(item)
        self.size += item.size
        self.seen = item.number
        self.woken.set()

    def take(self) -> list[News[Body]]:
        """All that waits, which then waits no more."""
        taken, self.waiting, self.size = self.waiting, [], 0
        self.woken.clear()
        return taken


class LiveFeed(Generic[Body]):
    """Follows topics for viewers; must be used from one event loop.

    `find` answers, in a thread of the feed's own, what follows the places that it is given. While it raises
    UnavailableError or SQLAlchemyError it is asked again every `poll_interval_s`.
    """

    def __init__(self, find: Callable[[Collection[Place]], Found[Body]], *, poll_interval_s: float) -> None:
        self._find = find
        self._poll_interval_s = poll_interval_s
        self._viewers: dict[Place, set[_Viewer[Body]]] = {}  # those that have room for more
        self._poller: asyncio.Task[None] | None = None
        self._sooner = asyncio.Event()
        # Others may keep the threads of the event loop busy; the news of everybody must not wait for them.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-feed")

    async def follow(self, topic: str, *, seen: int, heartbeat_s: float) -> AsyncGenerator[list[Body]]:
        """Every item after number `seen`, each once and in order, up to and with the last.

        They come as they are found, some at a time; none at all is a heartbeat: nothing happened for `heartbeat_s`.
        Ends early when nothing can be found any more, for a reason that is in the telemetry.
        """
        viewer = _Viewer[Body](topic, seen)
        self._watch(viewer)
        try:
            while True:
                is_woken = await _is_woken(viewer, heartbeat_s)
                news = self._take(viewer) if is_woken else []
                if news or not is_woken:
                    yield [item.body for item in news]
                if is_woken and (not news or news[-1].is_last):
                    return
        finally:
            self._forget(viewer)

    def _take(self, viewer: _Viewer[Body]) -> list[News[Body]]:
        was_full = not viewer.has_room
        news = viewer.take()
        if was_full and not news[-1].is_last:
            self._watch(viewer)
        return news

    def _watch(self, viewer: _Viewer[Body]) -> None:
        """Let the next tick, which comes soon, look for what follows."""
        self._viewers.setdefault(viewer.place, set()).add(viewer)
        self._sooner.set()
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), context=Context())  # not the one of this request
            self._poller.add_done_callback(self._give_up)

    def _forget(self, viewer: _Viewer[Body]) -> None:
        watching = self._viewers.get(viewer.place, set())
        watching.discard(viewer)
        if not watching:
            self._viewers.pop(viewer.place, None)

    async def _poll(self) -> None:
        """Ask and tell until nobody waits for anything."""
        loop = asyncio.get_running_loop()
        while self._viewers:
            self._sooner.clear()
            next_tick = loop.time() + self._poll_interval_s
            try:
                self._tell(await loop.run_in_executor(self._thread, self._find, list(self._viewers)))
            except (UnavailableError, SQLAlchemyError) as error:
                log.warning("news not read", extra={"action": "poll_failed", "why": str(error)})
            await asyncio.sleep(_SHORTEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_tick):
                    await self._sooner.wait()

    def _tell(self, found: Found[Body]) -> None:
        for item in found.news:
            for viewer in self._viewers.pop((item.topic, item.number - 1), ()):
                viewer.tell(item)
                if viewer.has_room and not item.is_last:
                    self._viewers.setdefault(viewer.place, set()).add(viewer)
        if found.more:
            self._sooner.set()

    def _give_up(self, poller: asyncio.Task[None]) -> None:
        """End all streams when the poller has failed: readers that come back start a new one."""
        if poller.cancelled() or poller.exception() is None:
            return
        log.error("news cannot be read", extra={"action": "feed_failed"}, exc_info=poller.exception())
        for viewer in set().union(*self._viewers.values()):
            viewer.woken.set()


async def _is_woken(viewer: _Viewer[Body], within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await viewer.woken.wait()
    return viewer.woken.is_set()
