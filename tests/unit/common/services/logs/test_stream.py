"""Streams of logs: every closed entry once and in order, and then `done`."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

import pytest
from sqlalchemy import Engine, event, select

from common.domain.ingest.cursor import FileCursor
from common.domain.nextflow.log.records import LogRecord
from common.domain.runs.files import NEXTFLOW_LOG
from common.domain.runs.status import RunStatus
from common.models.log_entries import LogEntryRow
from common.schemas.logs import LogEntry
from common.services.ingest.store import IngestStore
from common.services.logs import stream as log_stream_service
from common.services.logs.stream import EntryReader, LogStreamEvent, LogStreamService
from common.services.postgres import live_feed
from common.services.postgres.live_feed import FeedBatch, FeedPosition
from common.services.runs.store import RunStoreService
from tests.support.async_tests import in_time
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

    def grow(self, *messages: str) -> None:
        """Add records; the first of them closes the open entry."""
        records = [LogRecord(10 * n, 10 * n + 10, NOON, "INFO", "main", "nf", text) for n, text in enumerate(messages)]
        with self._store.writing(self._run_id) as writer:
            writer.add_entries(records, first_number=self._size, part=0)
            self._size += len(records)
            writer.move_cursor(NEXTFLOW_LOG, FileCursor(next_number=self._size - 1), at=NOON)

    def grow_by(self, count: int) -> None:
        self.grow(*(f"line {number}" for number in range(self._size, self._size + count)))

    def change_last(self, message: str) -> None:
        """Add to the open entry."""
        self._size -= 1
        self.grow(message)

    def end(self, status: RunStatus = RunStatus.FAILED) -> None:
        self._runs.update_run_status(self._run_id, status, at=NOON)


@pytest.fixture
def log(store: IngestStore, runs: RunStoreService) -> Log:
    return Log(store, runs)


def service_of(reader: EntryReader) -> LogStreamService:
    return LogStreamService(reader, poll_interval_s=POLL_S)


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
    """The numbers of all entries, and None for done."""
    return [each.number async for each in stream_of(service, run_id, offset=offset, seen=seen)]


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
    headless = LogRecord(0, 10, None, None, None, None, "of no time")
    with IngestStore(engine).writing(RUN_ID) as writer:
        writer.add_entries([headless], first_number=0, part=0)
        writer.add_entries([LogRecord(10, 20, NOON, "WARN", "main", "nf", "a\nb")], first_number=1, part=0)
    log.end()

    async def watch() -> list[LogStreamEvent]:
        return [each async for each in stream_of(service_of(EntryReader(engine)))]

    with engine.connect() as connection:
        rows = connection.execute(select(LogEntryRow.__table__).order_by(LogEntryRow.number)).all()
    shown = [LogEntry.model_validate(row).model_dump(mode="json") for row in rows]
    assert [each.data for each in in_time(watch())[:-1]] == shown
    assert shown[1]["timestamp"] == "2026-11-23T12:00:00Z"


def test_an_entry_is_streamed_when_it_is_closed(engine: Engine, log: Log) -> None:
    log.grow("one", "tw")

    async def watch() -> list[str]:
        messages = []
        async with aclosing(stream_of(service_of(EntryReader(engine)))) as stream:
            messages.append((await anext(stream)).data["message"])
            await asyncio.to_thread(log.change_last, "two")
            await asyncio.sleep(3 * POLL_S)
            await asyncio.to_thread(log.grow, "three")
            messages.append((await anext(stream)).data["message"])
            await asyncio.to_thread(log.end)
            messages += [each.data.get("message") async for each in stream]
        return messages

    assert in_time(watch()) == ["one", "two", "three", None]


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

    def count(self, *_arguments: object) -> None:
        self.statements[self.polls] += 1

    def entries_after(self, positions: Collection[FeedPosition]) -> FeedBatch[LogStreamEvent]:
        self.polls += 1
        return super().entries_after(positions)


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
        service = LogStreamService(EntryReader(engine), poll_interval_s=30)
        return list(await asyncio.gather(*(numbers_from(service, offset=offset) for offset in (0, 0, 7, 19))))

    whole = [*range(20), None]
    assert in_time(watch()) == [whole, whole, whole[7:], whole[19:]]


def test_a_batch_is_bounded_in_bytes(engine: Engine, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_stream_service, "_BYTES_AT_ONCE", 25)  # each entry has ten
    log.grow_by(20)

    found = EntryReader(engine).entries_after([(RUN_ID, -1)])

    assert [item.number for item in found.items] == [0, 1, 2]
    assert found.has_more


def test_no_positions_need_no_statement(engine: Engine) -> None:
    reader = CountingReader(engine)
    event.listen(engine, "before_cursor_execute", reader.count)
    assert reader.entries_after([]) == FeedBatch([])
    event.remove(engine, "before_cursor_execute", reader.count)
    assert reader.statements == {}


def test_an_unknown_run_has_no_entries(engine: Engine) -> None:
    assert EntryReader(engine).entries_after([("run-00000009", -1)]) == FeedBatch([])
