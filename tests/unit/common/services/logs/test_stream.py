"""Streams of logs: every closed entry once and in order, the open one as it grows, and then `done`."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing

import pytest
from sqlalchemy import Engine, event

from common.domain.ingest.cursor import FileCursor
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.services.ingest.store import IngestStore
from common.services.logs import stream as log_stream_service
from common.services.logs.listing import EntryFilter, entry_page
from common.services.logs.stream import EntryReader, LogStreamEvent, LogStreamService
from common.services.postgres import live_feed
from common.services.postgres.live_feed import NOTHING_OPEN, FeedBatch, FeedPosition
from common.services.runs.store import RunStoreService
from tests.support.async_tests import in_time
from tests.support.logs.entries import entries_on, never_restore
from tests.support.runs import NOON, make_run

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"
POLL_S = 0.06


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


class Log:
    """The log of a run as ingest stores it; the last entry is open."""

    def __init__(self, store: IngestStore, runs: RunStoreService, run_id: str = RUN_ID) -> None:
        self._store, self._runs, self._run_id = store, runs, run_id
        self._size = 0
        self._ends = [0]  # of the entries, after 0

    def grow(self, *messages: str) -> None:
        """Add records; the first of them closes the open entry."""
        records = []
        for text in messages:
            start, end = self._ends[-1], self._ends[-1] + max(10, len(text))
            records.append(LogRecord(start, end, NOON, "INFO", "main", "nf", text.encode()))
            self._ends.append(end)
        with self._store.writing(self._run_id) as writer:
            writer.add_entries(records, first_number=self._size)
            self._size += len(records)
            cursor = FileCursor(byte_offset=self._size, next_number=self._size - 1)
            assert writer.move_cursor(NEXTFLOW_LOG, cursor, after=writer.cursor(NEXTFLOW_LOG), at=NOON)

    def grow_by(self, count: int) -> None:
        self.grow(*(f"line {number}" for number in range(self._size, self._size + count)))

    def change_last(self, message: str) -> None:
        """Replace the open entry by a longer one."""
        self._size -= 1
        self._ends.pop()
        self.grow(message)

    def end(self, status: RunStatus = RunStatus.FAILED) -> None:
        self._runs.update_run_status(self._run_id, status, at=NOON)


@pytest.fixture
def log(store: IngestStore, runs: RunStoreService) -> Log:
    return Log(store, runs)


def service_of(reader: EntryReader) -> LogStreamService:
    return LogStreamService(reader, restore=never_restore, poll_interval_s=POLL_S)


async def stream_of(
    service: LogStreamService, run_id: str = RUN_ID, *, offset: int = 0, seen: int | None = None
) -> AsyncGenerator[LogStreamEvent]:
    """The events one by one, without heartbeats."""
    stream = await service.stream_workflow_log(run_id, offset=offset, seen=seen, heartbeat_s=5)
    async with aclosing(stream):
        async for batch in stream:
            for each in batch:
                yield each


async def numbers_from(
    service: LogStreamService, run_id: str = RUN_ID, *, offset: int = 0, seen: int | None = None
) -> list[int | None]:
    """The numbers of all closed entries, and None for done."""
    return [
        each.number
        async for each in stream_of(service, run_id, offset=offset, seen=seen)
        if each.kind == "done" or not each.data["open"]
    ]


def shown(event: LogStreamEvent) -> tuple[str, int | None, bool]:
    """What a client gets of an entry: its text, its id, and whether it is open."""
    return event.data["message"], event.number, event.data["open"]


async def next_shown(stream: AsyncGenerator[LogStreamEvent]) -> tuple[str, int | None, bool]:
    return shown(await anext(stream))


def test_the_log_of_a_finished_run_is_streamed_completely(engine: Engine, log: Log) -> None:
    log.grow_by(3)
    log.end()

    assert in_time(numbers_from(service_of(EntryReader(engine)))) == [0, 1, 2, None]


def test_done_carries_the_status_of_the_run(engine: Engine, log: Log) -> None:
    log.end(RunStatus.CANCELLED)

    async def watch() -> list[LogStreamEvent]:
        return [each async for each in stream_of(service_of(EntryReader(engine)))]

    assert in_time(watch()) == [LogStreamEvent("done", None, {"run_id": RUN_ID, "status": "cancelled"})]


def test_an_entry_is_streamed_as_in_a_page_of_the_log(engine: Engine, log: Log) -> None:
    headless = LogRecord(0, 10, None, None, None, None, b"of no time")
    with IngestStore(engine).writing(RUN_ID) as writer:
        writer.add_entries([headless], first_number=0)
        writer.add_entries([LogRecord(10, 20, NOON, "WARN", "main", "nf", b"a\nb")], first_number=1)
    log.end()

    async def watch() -> list[LogStreamEvent]:
        return [each async for each in stream_of(service_of(EntryReader(engine)))]

    with engine.connect() as connection:
        page = entry_page(connection, RunStoreService(engine).get_run(RUN_ID), EntryFilter())
    entries = [entry.model_dump(mode="json") for entry in entries_on(page)]
    assert [each.data for each in in_time(watch())[:-1]] == entries
    assert entries[1]["timestamp"] == "2026-11-23T12:00:00Z"


def test_the_open_entry_is_streamed_as_it_grows_and_again_when_it_is_closed(engine: Engine, log: Log) -> None:
    log.grow("one", "two")

    async def watch() -> None:
        async with aclosing(stream_of(service_of(EntryReader(engine)))) as stream:
            assert await next_shown(stream) == ("one", 0, False)
            assert await next_shown(stream) == ("two", None, True)
            await asyncio.to_thread(log.change_last, "two\n  and more")
            assert await next_shown(stream) == ("two\n  and more", None, True)
            await asyncio.sleep(3 * POLL_S)  # what has not grown is not sent again
            await asyncio.to_thread(log.grow, "three")
            assert await next_shown(stream) == ("two\n  and more", 1, False)
            assert await next_shown(stream) == ("three", None, True)
            await asyncio.to_thread(log.end)
            assert await next_shown(stream) == ("three", 2, False)
            assert (await anext(stream)).kind == "done"

    in_time(watch())


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_a_client_that_resumes_gets_the_open_entry_and_its_end(engine: Engine, log: Log, seen: int) -> None:
    """Also one that takes the open entry for the last that it has: it must not keep the old text."""
    log.grow("one", "two", "thr")

    async def watch() -> list[tuple[str, int | None, bool]]:
        async with aclosing(stream_of(service_of(EntryReader(engine)), seen=seen)) as stream:
            found = [await next_shown(stream)]
            while not found[-1][-1]:
                found.append(await next_shown(stream))
            await asyncio.to_thread(log.change_last, "three, and more")
            await asyncio.to_thread(log.grow, "four")
            while found[-1][:2] != ("three, and more", 2):
                found.append(await next_shown(stream))
        return [each for each in found if each[0] != "three, and more" or not each[-1]]

    expected = [("two", 1, False), ("thr", None, True), ("three, and more", 2, False)]
    assert in_time(watch()) == expected[min(seen, 1) :]


def test_a_client_that_resumes_after_the_open_entry_was_closed_gets_its_end(engine: Engine, log: Log) -> None:
    log.grow("one", "tw")
    log.change_last("two, and more")
    log.grow("three")
    log.end()

    async def watch() -> list[LogStreamEvent]:
        return [each async for each in stream_of(service_of(EntryReader(engine)), seen=0)]

    *entries, done = in_time(watch())
    assert [shown(each) for each in entries] == [("two, and more", 1, False), ("three", 2, False)]
    assert done.kind == "done"


@pytest.mark.parametrize("restart", [Log.grow, None], ids=["first the entry", "at once"])
def test_an_entry_that_a_restarted_log_left_open_is_closed_as_it_was(
    engine: Engine, store: IngestStore, runs: RunStoreService, restart: Callable[..., None] | None
) -> None:
    log = Log(store, runs)
    log.grow("one", "of the old log, whose position is far behind")

    async def watch() -> list[tuple[str, int | None, bool]]:
        async with aclosing(stream_of(service_of(EntryReader(engine)))) as stream:
            found = [await next_shown(stream), await next_shown(stream)]
            log._ends = [0]
            if restart:
                with store.writing(RUN_ID) as writer:
                    restarted = FileCursor(next_number=2, part=1)
                    assert writer.move_cursor(NEXTFLOW_LOG, restarted, after=writer.cursor(NEXTFLOW_LOG), at=NOON)
                found.append(await next_shown(stream))
            await asyncio.to_thread(log.grow, "new")
            while found[-1][0] != "new":
                found.append(await next_shown(stream))
        return found[2:]

    old = ("of the old log, whose position is far behind", 1, False)
    assert in_time(watch()) == [old, ("new", None, True)]


def test_an_open_entry_that_is_very_long_is_streamed_when_it_is_closed(engine: Engine, log: Log) -> None:
    long = "x" * (log_stream_service._LONGEST_OPEN + 1)
    log.grow("one", long)

    async def watch() -> None:
        async with aclosing(stream_of(service_of(EntryReader(engine)))) as stream:
            assert await next_shown(stream) == ("one", 0, False)
            await asyncio.sleep(3 * POLL_S)
            await asyncio.to_thread(log.grow, "three")
            assert await next_shown(stream) == (long, 1, False)

    in_time(watch())


def test_viewers_at_one_position_get_the_open_entry_whenever_they_come(engine: Engine, log: Log) -> None:
    log.grow("one")

    async def watch() -> None:
        service = service_of(EntryReader(engine))
        async with aclosing(stream_of(service)) as first, aclosing(stream_of(service)) as second:
            assert await next_shown(first) == ("one", None, True)
            assert await next_shown(second) == ("one", None, True)
            await asyncio.to_thread(log.change_last, "one, and more")
            assert await next_shown(first) == ("one, and more", None, True)
            assert await next_shown(second) == ("one, and more", None, True)

    in_time(watch())


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ({"offset": 2}, [2, 3, None]),
        ({"offset": 4}, [None]),
        ({"offset": 9}, [None]),
        ({"seen": 0}, [1, 2, 3, None]),
        ({"seen": 3}, [None]),  # a client that reconnects after the last entry gets `done` again
        ({"seen": 4}, [0, 1, 2, 3, None]),  # no entry has this number
        ({"seen": 10**17}, [0, 1, 2, 3, None]),
        ({"seen": 10**17, "offset": 3}, [3, None]),
        ({"seen": 1, "offset": 3}, [2, 3, None]),  # a client that reconnects to the same address
    ],
)
def test_a_stream_begins_at_the_requested_position(
    engine: Engine, log: Log, start: dict[str, int], expected: list[int | None]
) -> None:
    log.grow_by(4)
    log.end()

    assert (
        in_time(numbers_from(service_of(EntryReader(engine)), offset=start.get("offset", 0), seen=start.get("seen")))
        == expected
    )


def test_a_stream_can_begin_after_the_newest_entry(engine: Engine, log: Log) -> None:
    log.grow_by(2)

    async def watch() -> list[int | None]:
        watching = asyncio.create_task(numbers_from(service_of(EntryReader(engine)), offset=4))
        await asyncio.sleep(POLL_S)
        await asyncio.to_thread(log.grow_by, 4)
        await asyncio.to_thread(log.end)
        return await watching

    assert in_time(watch()) == [4, 5, None]


def test_readers_of_one_log_get_no_entries_of_another(
    engine: Engine, log: Log, store: IngestStore, runs: RunStoreService
) -> None:
    other = Log(store, runs, OTHER_ID)
    log.grow_by(2)
    other.grow_by(5)
    log.end()
    other.end()

    async def watch() -> list[list[int | None]]:
        service = service_of(EntryReader(engine))
        return list(await asyncio.gather(numbers_from(service), numbers_from(service, OTHER_ID)))

    assert in_time(watch()) == [[0, 1, None], [0, 1, 2, 3, 4, None]]


class CountingReader(EntryReader):
    """Counts the statements of each poll."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.statements: Counter[int] = Counter()
        self.polls = 0
        self._polling = 0  # the thread that polls; others open streams

    def count(self, *_arguments: object) -> None:
        if threading.get_ident() == self._polling:
            self.statements[self.polls] += 1

    def entries_after(self, positions: Mapping[FeedPosition, int]) -> FeedBatch[LogStreamEvent]:
        self.polls += 1
        self._polling = threading.get_ident()
        try:
            return super().entries_after(positions)
        finally:
            self._polling = 0


def test_a_poll_is_one_statement_for_any_number_of_readers(engine: Engine, log: Log) -> None:
    reader = CountingReader(engine)
    log.grow_by(20)
    log.end()

    async def watch() -> None:
        service = service_of(reader)
        event.listen(engine, "before_cursor_execute", reader.count)
        found = await asyncio.gather(*(numbers_from(service, offset=number % 20) for number in range(100)))
        event.remove(engine, "before_cursor_execute", reader.count)
        assert found == [[*range(number % 20, 20), None] for number in range(100)]

    in_time(watch())

    assert set(reader.statements.values()) == {1}


@pytest.mark.parametrize(
    "limits",
    [
        {"_READ_OF_EACH": 3},
        {"_READ_AT_ONCE": 4},
        {"_BYTES_AT_ONCE": 35},
        {"_BYTES_AT_ONCE": 1},
        {"_READ_OF_EACH": 3, "_READ_AT_ONCE": 4, "_BYTES_AT_ONCE": 25},
    ],
)
def test_a_log_larger_than_a_batch_is_streamed_completely(
    engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch, limits: dict[str, int]
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(log_stream_service, name, value)
    monkeypatch.setattr(live_feed, "_BUFFER_BYTES", 2000)
    monkeypatch.setattr(live_feed, "_SHORTEST_PAUSE_S", 0.001)
    log.grow_by(20)
    log.end()

    async def watch() -> list[list[int | None]]:
        service = LogStreamService(EntryReader(engine), restore=never_restore, poll_interval_s=30)
        return list(await asyncio.gather(*(numbers_from(service, offset=offset) for offset in (0, 0, 7, 19))))

    whole = [*range(20), None]
    assert in_time(watch()) == [whole, whole, whole[7:], whole[19:]]


def test_a_batch_is_bounded_in_bytes(engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream_service, "_BYTES_AT_ONCE", 15)  # each entry has six
    log.grow_by(20)

    found = EntryReader(engine).entries_after({(RUN_ID, -1): NOTHING_OPEN})

    assert [item.number for item in found.items] == [0, 1, 2]
    assert found.has_more


def test_no_positions_need_no_statement(engine: Engine) -> None:
    reader = CountingReader(engine)
    event.listen(engine, "before_cursor_execute", reader.count)
    assert reader.entries_after({}) == FeedBatch([])
    event.remove(engine, "before_cursor_execute", reader.count)
    assert reader.statements == {}


def test_an_unknown_run_has_no_entries(engine: Engine) -> None:
    assert EntryReader(engine).entries_after({("run-00000009", -1): NOTHING_OPEN}) == FeedBatch([])
