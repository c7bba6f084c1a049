"""RunEventService: streams the live events of runs to any number of viewers with one query per tick."""

import asyncio
from collections.abc import AsyncGenerator, Collection

from common.domain.runs.live_events import EventKind, LiveEvent
from common.services.postgres.live_feed import FeedBatch, FeedItem, FeedPosition, LiveFeed
from common.services.runs.journal import READ_AT_ONCE, JournalReader

_EVENT_BYTES = 1024  # generous for one event


class RunEventService:
    """Streams the events of runs to viewers; must be used from one event loop."""

    def __init__(self, journal: JournalReader, *, poll_interval_s: float = 1.0) -> None:
        self._journal = journal
        self._feed = LiveFeed(self._read_after, poll_interval_s=poll_interval_s)

    async def stream_run_events(
        self, run_id: str, *, after: int, heartbeat_s: float
    ) -> AsyncGenerator[list[LiveEvent]]:
        """Every event of a run after number `after`, each once and in order, up to and including `done`.

        Yields several events at a time; an empty list is a heartbeat. Raises UnavailableError when the database
        cannot be reached now; later outages only delay the stream.
        """
        newest, done = await asyncio.to_thread(self._journal.position_of, run_id)
        if after > newest:
            after = 0  # no event has this number: start from the beginning
        elif done and after >= done:
            after = done - 1  # a client that reconnects after `done` gets it again
        return self._feed.follow(run_id, seen=after, heartbeat_s=heartbeat_s)

    def _read_after(self, positions: Collection[FeedPosition]) -> FeedBatch[LiveEvent]:
        events = self._journal.events_after(positions)
        items = [
            FeedItem(event.run_id, event.seq, event, _EVENT_BYTES, event.kind == EventKind.DONE) for event in events
        ]
        return FeedBatch(items, has_more=len(items) >= READ_AT_ONCE)
