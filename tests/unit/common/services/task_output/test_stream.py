"""Streams of task output: viewers of one task share one poller."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from common.domain.tasks.output import TaskOutput
from common.domain.tasks.task import TaskStatus
from common.errors import NotFoundError, TooManyRequestsError, UnavailableError
from common.services.task_output import stream as output_stream
from common.services.task_output.outputs import FetchedOutput
from common.services.task_output.stream import OutputStreamEvent, TaskOutputStreamService, TaskSnapshot
from tests.support.async_tests import in_time, until, until_alone
from tests.support.runs import NOON, make_task

RUN_ID, TASK_ID = "run-00000001", "ab-cdef01"
POLL_S = 0.03


class Task:
    """A task whose output the test writes; counts how often it is read."""

    def __init__(self) -> None:
        self.stdout, self.stderr, self.is_final = "", "", False
        self.reads = 0
        self.failures: list[Exception] = []

    def read(self, run_id: str, task_id: str) -> TaskSnapshot:
        self.reads += 1
        if self.failures:
            raise self.failures.pop(0)
        output = TaskOutput(stdout=self.stdout, stderr=self.stderr)
        task = make_task(status=TaskStatus.COMPLETED if self.is_final else TaskStatus.RUNNING)
        return task, FetchedOutput(output=output, as_of=NOON, is_final=self.is_final)


@pytest.fixture
def task() -> Task:
    return Task()


def service_of(task: Task) -> TaskOutputStreamService:
    return TaskOutputStreamService(task.read, poll_interval_s=POLL_S)


async def polled(task: Task) -> None:
    """Wait until what `task` holds now was read and given to the viewers."""
    reads = task.reads
    await until(lambda: task.reads > reads + 1)


async def events_from(service: TaskOutputStreamService, seen: str | None = None) -> list[OutputStreamEvent]:
    """All events up to the end of the stream."""
    stream = await service.stream_task_logs(RUN_ID, TASK_ID, seen=seen, heartbeat_s=5)
    async with aclosing(stream):
        return [each async for batch in stream for each in batch]


def texts_of(events: list[OutputStreamEvent]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.data.get("text", "")) for each in events]


def test_the_output_of_a_finished_task_is_streamed_at_once(task: Task) -> None:
    task.stdout, task.stderr, task.is_final = "out", "err", True

    events = in_time(events_from(service_of(task)))

    assert texts_of(events) == [("stdout", "out"), ("stderr", "err"), ("done", "")]
    assert events[-1].data == {"run_id": RUN_ID, "task_id": TASK_ID, "status": "COMPLETED"}
    assert events[-1].mark is None


def test_output_is_streamed_as_it_grows(task: Task) -> None:
    async def watch() -> list[OutputStreamEvent]:
        watching = asyncio.create_task(events_from(service_of(task)))
        for text in ("one\n", "one\ntwo\n"):
            task.stdout = text
            await polled(task)
        task.is_final = True
        return await watching

    assert texts_of(in_time(watch())) == [("stdout", "one\n"), ("stdout", "two\n"), ("done", "")]


def test_a_client_that_reconnects_gets_the_rest(task: Task) -> None:
    task.stdout, task.is_final = "one\n", True
    mark = in_time(events_from(service_of(task)))[0].mark
    task.stdout += "two\n"

    assert texts_of(in_time(events_from(service_of(task), seen=mark))) == [("stdout", "two\n"), ("done", "")]


def test_an_unknown_mark_leads_to_reset_and_all_output(task: Task) -> None:
    task.stdout, task.is_final = "one\n", True

    assert texts_of(in_time(events_from(service_of(task), seen="7"))) == [
        ("reset", ""),
        ("stdout", "one\n"),
        ("done", ""),
    ]


def test_viewers_of_one_task_share_its_reads(task: Task) -> None:
    async def watch() -> None:
        service, loop = service_of(task), asyncio.get_running_loop()
        began = loop.time()
        viewers = [asyncio.create_task(events_from(service)) for _ in range(50)]
        await until(lambda: task.reads >= 5)
        assert task.reads <= 1 + (loop.time() - began) / POLL_S
        task.stdout, task.is_final = "out", True
        found = await asyncio.gather(*viewers)
        assert {tuple(texts_of(events)) for events in found} == {(("stdout", "out"), ("done", ""))}

    in_time(watch())


class SlowTask(Task):
    """A task whose output cannot be read before `may_end` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()

    def read(self, run_id: str, task_id: str) -> TaskSnapshot:
        snapshot = super().read(run_id, task_id)
        self.may_end.wait(90)
        return snapshot


@pytest.fixture
def slow() -> Iterator[SlowTask]:
    task = SlowTask()
    yield task
    task.may_end.set()


def test_simultaneous_viewers_share_the_first_read(slow: SlowTask) -> None:
    async def watch() -> list[list[OutputStreamEvent]]:
        service = service_of(slow)
        slow.is_final = True
        viewers = [asyncio.create_task(events_from(service)) for _ in range(500)]
        await asyncio.sleep(POLL_S)
        slow.may_end.set()
        return await asyncio.gather(*viewers)

    assert [texts_of(events) for events in in_time(watch())] == [[("done", "")]] * 500
    assert slow.reads == 1


def test_reads_of_output_do_not_delay_other_threads(slow: SlowTask) -> None:
    async def watch() -> None:
        service = service_of(slow)
        pending = [asyncio.create_task(stream_of(service, f"ab-{number:06}")) for number in range(60)]
        await until(lambda: slow.reads)
        try:
            await asyncio.to_thread(str)  # waits for ever if the reads have all threads
        finally:
            slow.may_end.set()
        await asyncio.gather(*pending)

    async def stream_of(service: TaskOutputStreamService, task_id: str) -> None:
        await (await service.stream_task_logs(RUN_ID, task_id, seen=None, heartbeat_s=5)).aclose()

    in_time(watch())


def test_an_error_of_the_first_read_is_not_kept(slow: SlowTask) -> None:
    slow.failures, slow.is_final = [UnavailableError("unavailable")], True
    slow.may_end.set()

    async def watch() -> list[list[OutputStreamEvent] | BaseException]:
        service = service_of(slow)
        first = await asyncio.gather(*(events_from(service) for _ in range(3)), return_exceptions=True)
        return [*first, await events_from(service)]

    *first, last = in_time(watch())
    assert {type(each) for each in first} == {UnavailableError}
    assert isinstance(last, list)


def test_heartbeats_do_not_depend_on_the_poll_interval(task: Task) -> None:
    async def watch() -> None:
        stream = await service_of(task).stream_task_logs(RUN_ID, TASK_ID, seen=None, heartbeat_s=3 * POLL_S)
        async with aclosing(stream):
            assert [await anext(stream) for _ in range(3)] == [[], [], []]

    in_time(watch())


def test_a_failed_read_is_repeated(task: Task) -> None:
    async def watch() -> list[OutputStreamEvent]:
        stream = await service_of(task).stream_task_logs(RUN_ID, TASK_ID, seen=None, heartbeat_s=5)
        task.failures = [UnavailableError("unavailable"), TooManyRequestsError("no reads left", retry_after_s=1)]
        task.stdout, task.is_final = "out", True
        async with aclosing(stream):
            return [each async for batch in stream for each in batch]

    assert texts_of(in_time(watch())) == [("stdout", "out"), ("done", "")]


@pytest.mark.parametrize("error", [NotFoundError("no such task"), UnavailableError("unavailable")])
def test_an_error_at_the_first_read_is_raised_before_the_stream(task: Task, error: Exception) -> None:
    task.failures = [error]

    with pytest.raises(type(error)):
        in_time(events_from(service_of(task)))


def test_reading_stops_when_the_last_viewer_leaves(task: Task) -> None:
    async def watch() -> int:
        viewer = asyncio.create_task(events_from(service_of(task)))
        await until(lambda: task.reads > 1)
        viewer.cancel()
        await until_alone()
        reads = task.reads
        await asyncio.sleep(3 * POLL_S)
        return task.reads - reads

    assert in_time(watch()) == 0


def test_no_output_is_read_beyond_the_limit_of_followed_tasks(slow: SlowTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_stream, "_MOST_TASKS", 2)

    async def watch() -> int:
        service = service_of(slow)
        viewers = [
            asyncio.create_task(service.stream_task_logs(RUN_ID, f"ab-{number:06}", seen=None, heartbeat_s=5))
            for number in range(50)
        ]
        await until(lambda: sum(viewer.done() for viewer in viewers) == 48)
        refused = [viewer.exception() for viewer in viewers if viewer.done()]
        pending = [viewer for viewer in viewers if not viewer.done()]
        assert {type(error) for error in refused} == {UnavailableError}
        slow.may_end.set()
        for stream in await asyncio.gather(*pending):
            await stream.aclose()
        return slow.reads

    assert in_time(watch()) == 2


def test_a_stream_that_is_not_read_does_not_count_as_a_viewer(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_stream, "_MOST_TASKS", 1)

    async def watch() -> None:
        service = service_of(task)
        await service.stream_task_logs(RUN_ID, TASK_ID, seen=None, heartbeat_s=5)  # as for a HEAD request
        await until(lambda: not service._watches)
        task.is_final = True
        other = await service.stream_task_logs("run-00000002", TASK_ID, seen=None, heartbeat_s=5)
        assert texts_of([each async for batch in other for each in batch]) == [("done", "")]

    in_time(watch())


def test_the_number_of_followed_tasks_is_limited(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_stream, "_MOST_TASKS", 1)

    async def watch() -> None:
        service = service_of(task)
        viewer = asyncio.create_task(events_from(service))
        await until(lambda: task.reads)
        same = asyncio.create_task(events_from(service))
        with pytest.raises(UnavailableError):
            await service.stream_task_logs("run-00000002", TASK_ID, seen=None, heartbeat_s=5)
        task.is_final = True
        assert texts_of(await viewer) == texts_of(await same) == [("done", "")]

    in_time(watch())
