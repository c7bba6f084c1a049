"""Live events: every viewer gets every event once and in order, whatever happens in between."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing

import pytest
from sqlalchemy import Engine, delete, event, update
from sqlalchemy.exc import InternalError

from common.domain.runs.live_events import AutomaticAction, EventKind, LiveEvent
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError
from common.models.run_events import RunEventRow
from common.models.runs import RunRow
from common.services.postgres import live_feed
from common.services.postgres.live_feed import FeedPosition
from common.services.runs import events, journal
from common.services.runs.events import RunEventService
from common.services.runs.journal import JournalPosition, JournalReader, append_to_journal
from common.services.runs.store import RunStoreService
from tests.support.async_tests import in_time, until_alone
from tests.support.runs import NOON, make_run

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"
POLL_S = 0.06


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


def service_of(reader: JournalReader) -> RunEventService:
    return RunEventService(reader, poll_interval_s=POLL_S)


def progress(engine: Engine, count: int, run_id: str = RUN_ID) -> None:
    with engine.begin() as connection:
        append_to_journal(connection, run_id, [(EventKind.PROGRESS, {"n": n}) for n in range(count)], at=NOON)


def start(runs: RunStoreService) -> None:
    """The run is running after its third event."""
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING):
        runs.update_run_status(RUN_ID, status, at=NOON)


async def stream_of(
    service: RunEventService, run_id: str = RUN_ID, *, after: int | None = 0, heartbeat_s: float = 5
) -> AsyncGenerator[LiveEvent | None]:
    """The events one by one, and None for a heartbeat."""
    opened = await service.stream_run_events(run_id, after=after, heartbeat_s=heartbeat_s)
    if opened is None:
        return
    async with aclosing(opened) as stream:
        async for batch in stream:
            if not batch:
                yield None
            for each in batch:
                yield each


async def numbers_from(service: RunEventService, run_id: str = RUN_ID, *, after: int | None = 0) -> list[int]:
    """The numbers of all events up to the end of the stream."""
    return [each.seq async for each in stream_of(service, run_id, after=after) if each]


async def next_event(stream: AsyncIterator[LiveEvent | None]) -> LiveEvent:
    """The next event, past any heartbeats."""
    while (found := await anext(stream)) is None:
        pass
    return found


class FailingJournal(JournalReader):
    """Fails at the given polls."""

    def __init__(self, engine: Engine, error: Exception, polls: Collection[int]) -> None:
        super().__init__(engine)
        self._error, self._failing, self._poll = error, polls, 0

    def events_after(self, positions: Collection[FeedPosition]) -> list[LiveEvent]:
        self._poll += 1
        if self._poll in self._failing:
            raise self._error
        return super().events_after(positions)


class UnavailableJournal(JournalReader):
    """Fails before the stream begins."""

    def position_of(self, run_id: str) -> JournalPosition:
        raise UnavailableError("the database is unavailable")


class CountingJournal(JournalReader):
    """Counts the positions and statements of each poll."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.polls: list[tuple[int, int]] = []
        self._statements: Counter[int] = Counter()  # by thread: other threads execute statements at the same time
        event.listen(engine, "before_cursor_execute", self.count)

    def count(self, *_arguments: object) -> None:
        self._statements[threading.get_ident()] += 1

    def events_after(self, positions: Collection[FeedPosition]) -> list[LiveEvent]:
        before = self._statements[threading.get_ident()]
        found = super().events_after(positions)
        self.polls.append((len(positions), self._statements[threading.get_ident()] - before))
        return found


@pytest.fixture
def counting(engine: Engine) -> Iterator[CountingJournal]:
    counted = CountingJournal(engine)
    yield counted
    event.remove(engine, "before_cursor_execute", counted.count)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, [1, 2, 3]),
        (1, [2, 3]),
        (2, [3]),
        (3, []),  # a client that reconnects after `done` has everything
        (None, [2, 3]),  # the last status, and `done`
        (4, [2, 3]),  # no event has this number
        (2**62, [2, 3]),
    ],
)
def test_the_events_of_a_finished_run_are_replayed_up_to_done(
    engine: Engine, runs: RunStoreService, after: int | None, expected: list[int]
) -> None:
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)

    assert in_time(numbers_from(service_of(JournalReader(engine)), after=after)) == expected


def test_a_new_viewer_of_a_long_journal_gets_the_state_and_then_what_follows(
    engine: Engine, runs: RunStoreService
) -> None:
    start(runs)
    progress(engine, 500)

    async def watch() -> list[LiveEvent]:
        async with aclosing(stream_of(service_of(JournalReader(engine)), after=None)) as stream:
            opening = [await next_event(stream) for _ in range(2)]
            await asyncio.to_thread(progress, engine, 1)
            return [*opening, await next_event(stream)]

    status, counts, following = in_time(watch())
    assert (status.kind, status.data["status"]) == (EventKind.STATUS, "running")
    assert (counts.kind, counts.data, counts.seq) == (EventKind.PROGRESS, {"n": 499}, 503)
    assert (following.data, following.seq) == ({"n": 0}, 504)


def test_a_new_viewer_of_a_finished_run_gets_its_last_state_and_done(engine: Engine, runs: RunStoreService) -> None:
    start(runs)
    progress(engine, 50)
    runs.update_run_status(RUN_ID, RunStatus.COMPLETED, at=NOON)
    runs.note_action(RUN_ID, AutomaticAction(name="archive_lost", why="it was", evidence={}), at=NOON)

    async def watch() -> list[LiveEvent]:
        return [each async for each in stream_of(service_of(JournalReader(engine)), after=None) if each]

    found = in_time(watch())
    assert [each.kind for each in found] == [EventKind.STATUS, EventKind.PROGRESS, EventKind.DONE]
    assert [each.data.get("status") for each in found] == ["completed", None, "completed"]


@pytest.mark.parametrize("received", [1, 2, 3, 4])
def test_a_new_viewer_that_reconnects_after_any_event_misses_none(
    engine: Engine, runs: RunStoreService, received: int
) -> None:
    start(runs)
    progress(engine, 9)

    async def watch() -> tuple[list[int], list[int]]:
        service = service_of(JournalReader(engine))
        async with aclosing(stream_of(service, after=None)) as stream:
            first = [await next_event(stream) for _ in range(min(received, 2))]
            await asyncio.to_thread(progress, engine, 2)
            first += [await next_event(stream) for _ in range(received - len(first))]
        await asyncio.to_thread(runs.update_run_status, RUN_ID, RunStatus.FAILED, at=NOON)
        return [each.seq for each in first], await numbers_from(service, after=first[-1].seq)

    before, after = in_time(watch())
    assert [*before, *after] == [11, 12, 13, 14, 15, 16]  # the number before the latest counts stands for the status


def test_a_new_viewer_of_a_journal_without_a_state_gets_all_of_it(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(RunEventRow).where(RunEventRow.run_id == RUN_ID))
        connection.execute(update(RunRow).where(RunRow.run_id == RUN_ID).values(event_seq=0))
        append_to_journal(connection, RUN_ID, [(EventKind.ACTION, {}), (EventKind.DONE, {})], at=NOON)

    assert in_time(numbers_from(service_of(JournalReader(engine)), after=None)) == [1, 2]


def test_an_event_is_streamed_as_the_journal_has_it(engine: Engine) -> None:
    async def first() -> LiveEvent:
        async with aclosing(stream_of(service_of(JournalReader(engine)))) as stream:
            return await next_event(stream)

    assert in_time(first()) == LiveEvent(
        RUN_ID,
        1,
        EventKind.STATUS,
        {"run_id": RUN_ID, "status": "pending", "at": NOON.isoformat(), "failing": False},
        NOON,
    )


def test_events_are_streamed_as_they_happen(engine: Engine, runs: RunStoreService) -> None:
    async def watch() -> list[str]:
        service = service_of(JournalReader(engine))
        async with aclosing(stream_of(service, after=1)) as stream:
            statuses = []
            for status in (RunStatus.SUBMITTED, RunStatus.RUNNING):
                await asyncio.to_thread(runs.update_run_status, RUN_ID, status, at=NOON)
                statuses.append((await next_event(stream)).data["status"])
            return statuses

    assert in_time(watch()) == ["submitted", "running"]


def test_events_between_two_polls_are_streamed_one_by_one(engine: Engine, runs: RunStoreService) -> None:
    async def watch() -> list[int]:
        service = service_of(JournalReader(engine))
        watching = asyncio.create_task(numbers_from(service, after=1))
        await asyncio.sleep(POLL_S)
        for status in (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED):
            await asyncio.to_thread(runs.update_run_status, RUN_ID, status, at=NOON)
        return await watching

    assert in_time(watch()) == [2, 3, 4, 5]


def test_heartbeats_are_sent_while_nothing_happens(engine: Engine) -> None:
    async def watch() -> list[LiveEvent | None]:
        stream = stream_of(service_of(JournalReader(engine)), after=1, heartbeat_s=0.02)
        async with aclosing(stream):
            return [await anext(stream) for _ in range(3)]

    assert in_time(watch()) == [None, None, None]


def test_viewers_of_one_run_get_no_events_of_another(engine: Engine, runs: RunStoreService) -> None:
    progress(engine, 3, OTHER_ID)
    runs.update_run_status(OTHER_ID, RunStatus.FAILED, at=NOON)
    runs.update_run_status(RUN_ID, RunStatus.CANCELLED, at=NOON)

    async def watch() -> list[list[int]]:
        service = service_of(JournalReader(engine))
        return list(await asyncio.gather(numbers_from(service), numbers_from(service, OTHER_ID)))

    assert in_time(watch()) == [[1, 2, 3], [1, 2, 3, 4, 5, 6]]


def test_a_poll_is_one_statement_for_any_number_of_viewers(counting: CountingJournal, runs: RunStoreService) -> None:
    run_ids = [f"run-000001{number:02x}" for number in range(10)]
    for run_id in run_ids:
        runs.create_run(make_run(run_id=run_id))

    async def watch() -> None:
        service = service_of(counting)
        viewers = [asyncio.create_task(numbers_from(service, run_id)) for run_id in run_ids * 10]
        await asyncio.sleep(3 * POLL_S)
        for run_id in run_ids:
            await asyncio.to_thread(runs.update_run_status, run_id, RunStatus.FAILED, at=NOON)
        assert await asyncio.gather(*viewers) == [[1, 2, 3]] * 100

    in_time(watch())

    assert {statements for _, statements in counting.polls} == {1}
    assert counting.polls[-1][0] <= 10


@pytest.mark.parametrize("error", [UnavailableError("unavailable"), InternalError("SELECT", {}, ValueError("broken"))])
def test_no_event_is_lost_or_repeated_after_an_outage(engine: Engine, runs: RunStoreService, error: Exception) -> None:
    progress(engine, 5)

    async def watch() -> list[int]:
        watching = asyncio.create_task(numbers_from(service_of(FailingJournal(engine, error, {1, 3, 4}))))
        await asyncio.sleep(3 * POLL_S)
        await asyncio.to_thread(progress, engine, 3)
        await asyncio.to_thread(runs.update_run_status, RUN_ID, RunStatus.FAILED, at=NOON)
        return await watching

    assert in_time(watch()) == list(range(1, 12))


def test_an_outage_before_the_stream_begins_is_raised(engine: Engine) -> None:
    with pytest.raises(UnavailableError):
        in_time(numbers_from(service_of(UnavailableJournal(engine))))


@pytest.fixture
def _small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_feed, "_BUFFER_BYTES", 10 * 1024)  # ten events
    for module in (journal, events):
        monkeypatch.setattr(module, "READ_AT_ONCE", 15)


@pytest.mark.usefixtures("_small_buffers")
def test_a_journal_larger_than_the_buffer_is_streamed_completely(engine: Engine, runs: RunStoreService) -> None:
    progress(engine, 57)
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)

    assert in_time(numbers_from(service_of(JournalReader(engine)))) == list(range(1, 61))


@pytest.mark.usefixtures("_small_buffers")
@pytest.mark.parametrize("run_id", [RUN_ID, OTHER_ID])
def test_a_slow_viewer_delays_no_other_and_loses_nothing(engine: Engine, runs: RunStoreService, run_id: str) -> None:
    for each in {RUN_ID, run_id}:
        progress(engine, 57, each)
        runs.update_run_status(each, RunStatus.FAILED, at=NOON)

    async def watch() -> None:
        service = service_of(JournalReader(engine))
        async with aclosing(stream_of(service)) as slow:
            first = await next_event(slow)
            assert await numbers_from(service, run_id) == list(range(1, 61))
            rest = [each.seq async for each in slow if each]
        assert [first.seq, *rest] == list(range(1, 61))

    in_time(watch())


@pytest.mark.usefixtures("_small_buffers")
def test_nothing_is_read_for_a_viewer_with_a_full_buffer(engine: Engine, counting: CountingJournal) -> None:
    progress(engine, 57)

    async def watch() -> None:
        async with aclosing(stream_of(service_of(counting))) as slow:
            await next_event(slow)
            await until_alone()
            polls = len(counting.polls)
            await asyncio.sleep(2 * POLL_S)
            assert len(counting.polls) == polls

    in_time(watch())


def test_polling_stops_when_the_last_viewer_leaves(counting: CountingJournal) -> None:
    async def watch() -> None:
        service = service_of(counting)
        async with aclosing(stream_of(service)) as stream:
            await next_event(stream)
        await until_alone()
        polls = len(counting.polls)
        await asyncio.sleep(2 * POLL_S)
        assert len(counting.polls) == polls

    in_time(watch())


def test_a_cancelled_viewer_is_removed(engine: Engine) -> None:
    async def watch() -> None:
        service = service_of(JournalReader(engine))
        watching = asyncio.create_task(numbers_from(service))
        await asyncio.sleep(2 * POLL_S)
        watching.cancel()
        await until_alone()  # the poller ends too
        assert watching.cancelled()

    in_time(watch())


def test_a_viewer_after_all_others_left_is_served(engine: Engine) -> None:
    async def watch() -> list[int]:
        service, seen = service_of(JournalReader(engine)), []
        for _ in range(2):
            async with aclosing(stream_of(service)) as stream:
                seen.append((await next_event(stream)).seq)
            await until_alone()
        return seen

    assert in_time(watch()) == [1, 1]


def test_events_after_reads_each_journal_from_its_position(engine: Engine) -> None:
    progress(engine, 3)
    progress(engine, 2, OTHER_ID)

    found = JournalReader(engine).events_after({(RUN_ID, 2), (OTHER_ID, 0), (OTHER_ID, 3), ("run-00000009", 0)})

    assert sorted((each.run_id, each.seq) for each in found) == [
        (RUN_ID, 3),
        (RUN_ID, 4),
        (OTHER_ID, 1),
        (OTHER_ID, 2),
        (OTHER_ID, 3),
    ]


@pytest.mark.usefixtures("_small_buffers")
def test_every_run_gets_some_events_of_a_full_batch(engine: Engine) -> None:
    progress(engine, 50)
    progress(engine, 50, OTHER_ID)

    found = JournalReader(engine).events_after([(RUN_ID, 0), (OTHER_ID, 40)])

    assert len(found) == 15
    assert [each.seq for each in found if each.run_id == RUN_ID][:7] == [1, 2, 3, 4, 5, 6, 7]
    assert [each.seq for each in found if each.run_id == OTHER_ID][:7] == [41, 42, 43, 44, 45, 46, 47]


def test_no_positions_need_no_statement(counting: CountingJournal) -> None:
    assert counting.events_after([]) == []
    assert counting.polls == [(0, 0)]


def test_position_of_gives_the_newest_event_and_done(engine: Engine, runs: RunStoreService) -> None:
    progress(engine, 2)
    reader = JournalReader(engine)
    assert reader.position_of(RUN_ID) == JournalPosition(newest=3, done=None)
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    assert reader.position_of(RUN_ID) == JournalPosition(newest=5, done=5)
    assert reader.position_of("run-00000009") == JournalPosition(newest=0, done=None)


@pytest.mark.parametrize(("after", "expected"), [(2, [3]), (3, []), (4, [])])
def test_events_after_done_are_not_streamed(
    engine: Engine, runs: RunStoreService, after: int, expected: list[int]
) -> None:
    runs.update_run_status(RUN_ID, RunStatus.FAILED, at=NOON)
    runs.note_action(RUN_ID, AutomaticAction(name="archive_lost", why="it was", evidence={}), at=NOON)

    assert in_time(numbers_from(service_of(JournalReader(engine)), after=after)) == expected
