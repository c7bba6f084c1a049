"""LiveFeed: one poller that serves any number of viewers with one query per tick.

A viewer follows a topic, whose items are numbered without gaps, from the last number it has seen. Each tick asks for
the items after the positions of all viewers; viewers at the same position share one. The last item may be open: it is
sent as it is, and again whenever it has grown, until it is final. Each viewer has a bounded buffer; items that do not
fit are read again once there is room, so no viewer waits for a slower one and memory stays bounded.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from common.errors import UnavailableError
from common.telemetry import telemetry

log = telemetry("live_feed")

NOTHING_OPEN = -1  # the revision that a viewer has of an open item before its first
_SHORTEST_PAUSE_S = 0.05
_BUFFER_BYTES = 64 * 1024  # per viewer, counted by FeedItem.size; the last item may exceed it

Body = TypeVar("Body")
FeedPosition = tuple[str, int]  # a topic and the number of the last item seen there


@dataclass(frozen=True, slots=True)
class FeedItem(Generic[Body]):
    """An item of a topic. `size` is its approximate size in bytes when sent; nothing follows an item that `is_last`.

    `revision` grows with an open item, from 0 or more, and is None when the item is final.
    """

    topic: str
    number: int
    body: Body
    size: int
    is_last: bool = False
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class FeedBatch(Generic[Body]):
    """Items that follow some positions, in order within each topic; `has_more` when more can be read at once."""

    items: Sequence[FeedItem[Body]]
    has_more: bool = False


@dataclass(eq=False, slots=True)
class _Viewer(Generic[Body]):
    """One stream; `buffer` holds the items that it has not taken yet, up to the final one numbered `seen`.

    `revision` is that of the open item after it, if the viewer has one.
    """

    topic: str
    seen: int
    revision: int = NOTHING_OPEN
    buffer: list[FeedItem[Body]] = field(default_factory=list)
    size: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def position(self) -> FeedPosition:
        return self.topic, self.seen

    @property
    def has_room(self) -> bool:
        return self.size < _BUFFER_BYTES

    def add(self, item: FeedItem[Body]) -> None:
        """Add an item; it replaces an open one that was not taken yet. An open item that has not grown is ignored."""
        if item.revision is None:
            self.seen, self.revision = item.number, NOTHING_OPEN
        elif item.revision > self.revision:
            self.revision = item.revision
        else:
            return
        if self.buffer and self.buffer[-1].revision is not None:
            self.size -= self.buffer.pop().size
        self.buffer.append(item)
        self.size += item.size
        self.woken.set()

    def take_all(self) -> list[FeedItem[Body]]:
        """Empty the buffer and return what it held."""
        taken, self.buffer, self.size = self.buffer, [], 0
        self.woken.clear()
        return taken


class LiveFeed(Generic[Body]):
    """Follows topics for viewers; must be used from one event loop.

    `read_after` returns the items after the given positions; it is called in the feed's own thread. For each position
    it gets the oldest revision of the open item that a viewer there has, and may leave out an open item that has not
    grown since. When it raises UnavailableError or SQLAlchemyError, it is called again after `poll_interval_s`.
    """

    def __init__(
        self, read_after: Callable[[Mapping[FeedPosition, int]], FeedBatch[Body]], *, poll_interval_s: float
    ) -> None:
        self._read_after = read_after
        self._poll_interval_s = poll_interval_s
        self._viewers: dict[FeedPosition, set[_Viewer[Body]]] = {}  # those with room in their buffers
        self._poller: asyncio.Task[None] | None = None
        self._poll_now = asyncio.Event()
        # The threads of the event loop may all be busy with other work, which must not delay every stream.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live-feed")

    async def follow(self, topic: str, *, seen: int, heartbeat_s: float) -> AsyncGenerator[list[Body]]:
        """Every final item after number `seen`, each once and in order, up to and including the last.

        The item that follows may come before that, open: the last one received with a number is the newest.

        Yields items as they are found, several at a time; an empty list after `heartbeat_s` without an item. Ends
        early when the poller fails; the telemetry says why.
        """
        viewer = _Viewer[Body](topic, seen)
        self._watch(viewer)
        try:
            while True:
                is_woken = await _is_woken(viewer, heartbeat_s)
                items = self._take_all(viewer) if is_woken else []
                if items or not is_woken:
                    yield [item.body for item in items]
                if is_woken and (not items or items[-1].is_last):
                    return
        finally:
            self._remove(viewer)

    def _take_all(self, viewer: _Viewer[Body]) -> list[FeedItem[Body]]:
        was_full = not viewer.has_room
        items = viewer.take_all()
        if was_full and not items[-1].is_last:
            self._watch(viewer)
        return items

    def _watch(self, viewer: _Viewer[Body]) -> None:
        """Include the viewer in the next tick, which comes at once."""
        self._viewers.setdefault(viewer.position, set()).add(viewer)
        self._poll_now.set()
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), context=Context())  # not in the context of this request
            self._poller.add_done_callback(self._end_streams_if_failed)

    def _remove(self, viewer: _Viewer[Body]) -> None:
        viewers = self._viewers.get(viewer.position, set())
        viewers.discard(viewer)
        if not viewers:
            self._viewers.pop(viewer.position, None)

    async def _poll(self) -> None:
        """Read and deliver items until no viewer is left."""
        loop = asyncio.get_running_loop()
        while self._viewers:
            self._poll_now.clear()
            next_tick = loop.time() + self._poll_interval_s
            try:
                positions = {at: min(viewer.revision for viewer in there) for at, there in self._viewers.items()}
                self._deliver(await loop.run_in_executor(self._thread, self._read_after, positions))
            except (UnavailableError, SQLAlchemyError) as error:
                log.warning("live feed not read; trying again", extra={"action": "poll_failed", "why": str(error)})
            await asyncio.sleep(_SHORTEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(next_tick):
                    await self._poll_now.wait()

    def _deliver(self, batch: FeedBatch[Body]) -> None:
        for item in batch.items:
            for viewer in self._viewers.pop((item.topic, item.number - 1), ()):
                viewer.add(item)
                if viewer.has_room and not item.is_last:
                    self._viewers.setdefault(viewer.position, set()).add(viewer)
        if batch.has_more:
            self._poll_now.set()

    def _end_streams_if_failed(self, poller: asyncio.Task[None]) -> None:
        """End all streams when the poller has failed; clients that reconnect start a new poller."""
        if poller.cancelled() or poller.exception() is None:
            return
        log.error("live feed failed; its streams end", extra={"action": "feed_failed"}, exc_info=poller.exception())
        for viewer in set().union(*self._viewers.values()):
            viewer.woken.set()


async def _is_woken(viewer: _Viewer[Body], within_s: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await viewer.woken.wait()
    return viewer.woken.is_set()
