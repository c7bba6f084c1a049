"""RunEventService: streams the live events of runs to any number of viewers with one query per tick."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from common.domain.runs.live_events import EventKind, LiveEvent, opening_events
from common.services.postgres.live_feed import FeedBatch, FeedItem, FeedPosition, LiveFeed
from common.services.runs.journal import READ_AT_ONCE, JournalReader

_EVENT_BYTES = 1024  # generous for one event


class RunEventService:
    """Streams the events of runs to viewers; must be used from one event loop."""

    def __init__(self, journal: JournalReader, *, poll_interval_s: float = 1.0) -> None:
        self._journal = journal
        self._feed = LiveFeed(self._read_after, poll_interval_s=poll_interval_s)

    async def stream_run_events(
        self, run_id: str, *, after: int | None, heartbeat_s: float
    ) -> AsyncGenerator[list[LiveEvent]] | None:
        """Every event of a run after number `after`, each once and in order, up to and including `done`.

        None if `after` is the number of `done`: the viewer has everything.

        If `after` is None or no event has that number, the stream begins with the latest status and the latest
        progress, followed by the later events. Yields several events at a time; an empty list is a heartbeat. Raises
        UnavailableError when the database cannot be reached now; later outages only delay the stream.
        """
        beginning = await asyncio.to_thread(self._beginning_of, run_id, after)
        if beginning is None:
            return None
        opening, seen = beginning
        return _continued(opening, self._feed.follow(run_id, seen=seen, heartbeat_s=heartbeat_s))

    def _beginning_of(self, run_id: str, after: int | None) -> tuple[list[LiveEvent], int] | None:
        """The first events for a viewer, and the number of the last event that they include; None after `done`."""
        newest, done = self._journal.position_of(run_id)
        last = done - 1 if done else newest
        if after is not None and after <= newest:
            return ([], after) if after <= last else None
        opening = opening_events(self._journal.latest_state(run_id, up_to=last), up_to=last)
        return opening, last if opening else 0

    def _read_after(self, positions: Collection[FeedPosition]) -> FeedBatch[LiveEvent]:
        events = self._journal.events_after(positions)
        items = [
            FeedItem(event.run_id, event.seq, event, _EVENT_BYTES, event.kind == EventKind.DONE) for event in events
        ]
        return FeedBatch(items, has_more=len(items) >= READ_AT_ONCE)


async def _continued(
    opening: list[LiveEvent], following: AsyncGenerator[list[LiveEvent]]
) -> AsyncGenerator[list[LiveEvent]]:
    async with aclosing(following):
        if opening:
            yield opening
        async for events in following:
            yield events
