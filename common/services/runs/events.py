"""RunEventService: live events out of the journal, for any number of viewers with one statement a tick."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Engine, Row, Text, cast, column, func, select

from common.domain.runs.live_events import EventKind, LiveEvent
from common.models.run_events import RunEventRow
from common.services.postgres.live_feed import Found, LiveFeed, News, Place

_READ_OF_EACH = 100
_READ_AT_ONCE = 5000
_SIZE = 1024  # of an event, generously


class JournalPosition(NamedTuple):
    """The newest number in a journal, 0 for none, and that of `done`; None while the run lives.

    What Sluice did to a run that was over is behind `done`: nobody who watches the run needs it.
    """

    newest: int
    done: int | None


class JournalReader:
    """Reads the journals of runs, in a thread's own time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def events_after(self, places: Collection[Place]) -> list[LiveEvent]:
        """The events that follow each of `places`, a run and a number in its journal (0 is before the first).

        The nearest to any place come first: when there are more than can be read at once, everybody gets some.
        """
        if not places:
            return []
        run_ids, seen = zip(*places, strict=True)
        columns = column("run_id", Text), column("seq", BigInteger)
        unnested = func.unnest(cast(run_ids, ARRAY(Text)), cast(seen, ARRAY(BigInteger)))
        place = unnested.table_valued(*columns, name="place").render_derived()
        follows = RunEventRow.seq.between(place.c.seq + 1, place.c.seq + _READ_OF_EACH)
        news = (
            select(RunEventRow.__table__)
            .join(place, (RunEventRow.run_id == place.c.run_id) & follows)
            .order_by(RunEventRow.seq - place.c.seq, RunEventRow.run_id)
            .limit(_READ_AT_ONCE)
        )
        with self._engine.connect() as connection:
            return [_event_from(row) for row in connection.execute(news)]

    def reach_of(self, run_id: str) -> JournalPosition:
        """How far the journal of a run goes."""
        done = func.min(RunEventRow.seq).filter(RunEventRow.event == EventKind.DONE.value)
        of_run = select(func.coalesce(func.max(RunEventRow.seq), 0), done).where(RunEventRow.run_id == run_id)
        with self._engine.connect() as connection:
            newest, end = connection.execute(of_run).one()
        return JournalPosition(newest, end)


def _event_from(row: Row[Any]) -> LiveEvent:
    return LiveEvent(row.run_id, row.seq, EventKind(row.event), row.data, row.at)


class RunEventService:
    """Streams the events of runs to viewers; must be used from one event loop."""

    def __init__(self, journal: JournalReader, *, poll_interval_s: float = 1.0) -> None:
        self._journal = journal
        self._feed = LiveFeed(self._find, poll_interval_s=poll_interval_s)

    async def stream_run_events(
        self, run_id: str, *, after: int, heartbeat_s: float
    ) -> AsyncGenerator[list[LiveEvent]]:
        """Every event of a run after number `after`, each once and in order, up to and with `done`.

        They come some at a time; none at all is a heartbeat. Raises UnavailableError when the database is away now;
        once there is a stream, it waits for it.
        """
        newest, done = await asyncio.to_thread(self._journal.reach_of, run_id)
        if after > newest:
            after = 0  # that number was made up
        elif done and after >= done:
            after = done - 1  # the reader knows, but came back: it is told again that nothing follows
        return self._feed.follow(run_id, seen=after, heartbeat_s=heartbeat_s)

    def _find(self, places: Collection[Place]) -> Found[LiveEvent]:
        events = self._journal.events_after(places)
        news = [News(event.run_id, event.seq, event, _SIZE, event.kind == EventKind.DONE) for event in events]
        return Found(news, more=len(news) >= _READ_AT_ONCE)
