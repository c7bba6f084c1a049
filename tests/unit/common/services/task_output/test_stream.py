"""Streams of what tasks print: one look at a time serves everybody who watches."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import pytest

from common.domain.tasks.output import TaskOutput
from common.domain.tasks.task import TaskStatus
from common.errors import NotFoundError, TooManyRequestsError, UnavailableError
from common.services.task_output import stream as task_log_stream_service
from common.services.task_output.outputs import FoundOutput
from common.services.task_output.stream import Looked, OutputNews, TaskLogStreamService
from tests.support.runs import NOON, make_task

RUN_ID, TASK_ID = "run-00000001", "ab-cdef01"
LOOK_S = 0.03
_Result = TypeVar("_Result")


class Task:
    """A task whose output a test writes; counts how often it is looked at."""

    def __init__(self) -> None:
        self.stdout, self.stderr, self.is_over = "", "", False
        self.looks = 0
        self.failures: list[Exception] = []

    def look(self, run_id: str, task_id: str) -> Looked:
        self.looks += 1
        if self.failures:
            raise self.failures.pop(0)
        output = TaskOutput(stdout=self.stdout, stderr=self.stderr)
        task = make_task(status=TaskStatus.COMPLETED if self.is_over else TaskStatus.RUNNING)
        return task, FoundOutput(output=output, as_of=NOON, is_final=self.is_over)


@pytest.fixture
def task() -> Task:
    return Task()


def in_time(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run an async test, and fail when it takes for ever."""

    async def limited() -> _Result:
        async with asyncio.timeout(10):
            return await coroutine

    return asyncio.run(limited())


def service_of(task: Task) -> TaskLogStreamService:
    return TaskLogStreamService(task.look, look_interval_s=LOOK_S)


async def heard(service: TaskLogStreamService, seen: str | None = None) -> list[OutputNews]:
    """All news up to the end of the stream."""
    stream = await service.stream_task_logs(RUN_ID, TASK_ID, seen=seen, heartbeat_s=5)
    async with aclosing(stream):
        return [each async for news in stream for each in news]


def texts_of(news: list[OutputNews]) -> list[tuple[str, str]]:
    return [(each.kind.value, each.data.get("text", "")) for each in news]


def test_a_task_that_has_ended_is_told_at_once(task: Task) -> None:
    task.stdout, task.stderr, task.is_over = "out", "err", True

    news = in_time(heard(service_of(task)))

    assert texts_of(news) == [("stdout", "out"), ("stderr", "err"), ("done", "")]
    assert news[-1].data == {"run_id": RUN_ID, "task_id": TASK_ID, "status": "COMPLETED"}
    assert news[-1].mark is None


def test_output_is_told_as_it_grows(task: Task) -> None:
    async def watch() -> list[OutputNews]:
        watching = asyncio.create_task(heard(service_of(task)))
        for text in ("one\n", "one\ntwo\n"):
            task.stdout = text
            await asyncio.sleep(4 * LOOK_S)
        task.is_over = True
        return await watching

    assert texts_of(in_time(watch())) == [("stdout", "one\n"), ("stdout", "two\n"), ("done", "")]


def test_a_reader_that_comes_back_hears_the_rest(task: Task) -> None:
    task.stdout, task.is_over = "one\n", True
    mark = in_time(heard(service_of(task)))[0].mark
    task.stdout += "two\n"

    assert texts_of(in_time(heard(service_of(task), seen=mark))) == [("stdout", "two\n"), ("done", "")]


def test_a_reader_with_an_unknown_mark_hears_everything_anew(task: Task) -> None:
    task.stdout, task.is_over = "one\n", True

    assert texts_of(in_time(heard(service_of(task), seen="7"))) == [("reset", ""), ("stdout", "one\n"), ("done", "")]


def test_many_watch_for_the_looks_of_one(task: Task) -> None:
    async def watch() -> int:
        service = service_of(task)
        viewers = [asyncio.create_task(heard(service)) for _ in range(50)]
        await asyncio.sleep(0.2)
        looks = task.looks - len(viewers)  # each looked once, when it came
        task.stdout, task.is_over = "out", True
        found = await asyncio.gather(*viewers)
        assert {tuple(texts_of(news)) for news in found} == {(("stdout", "out"), ("done", ""))}
        return looks

    assert in_time(watch()) <= 0.2 / LOOK_S


def test_silence_is_filled_with_heartbeats_however_often_is_looked(task: Task) -> None:
    async def watch() -> None:
        stream = await service_of(task).stream_task_logs(RUN_ID, TASK_ID, seen=None, heartbeat_s=3 * LOOK_S)
        async with aclosing(stream):
            assert [await anext(stream) for _ in range(3)] == [[], [], []]

    in_time(watch())


def test_a_look_that_fails_is_repeated(task: Task) -> None:
    async def watch() -> list[OutputNews]:
        watching = asyncio.create_task(heard(service_of(task)))
        await asyncio.sleep(LOOK_S / 2)
        task.failures = [UnavailableError("away"), TooManyRequestsError("no reads left", retry_after_s=1)]
        task.stdout, task.is_over = "out", True
        return await watching

    assert texts_of(in_time(watch())) == [("stdout", "out"), ("done", "")]


@pytest.mark.parametrize("error", [NotFoundError("no such task"), UnavailableError("away")])
def test_what_is_wrong_at_the_start_is_said_before_there_is_a_stream(task: Task, error: Exception) -> None:
    task.failures = [error]

    with pytest.raises(type(error)):
        in_time(heard(service_of(task)))


def test_when_the_last_viewer_has_gone_nobody_looks_any_more(task: Task) -> None:
    async def watch() -> int:
        viewer = asyncio.create_task(heard(service_of(task)))
        await asyncio.sleep(2 * LOOK_S)
        viewer.cancel()
        await asyncio.sleep(LOOK_S)
        looks = task.looks
        await asyncio.sleep(3 * LOOK_S)
        return task.looks - looks

    assert in_time(watch()) == 0


def test_no_more_tasks_are_watched_than_can_be_held(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_log_stream_service, "_MOST_TASKS", 1)

    async def watch() -> None:
        service = service_of(task)
        viewer = asyncio.create_task(heard(service))
        await asyncio.sleep(LOOK_S)
        same = asyncio.create_task(heard(service))
        with pytest.raises(UnavailableError):
            await service.stream_task_logs("run-00000002", TASK_ID, seen=None, heartbeat_s=5)
        task.is_over = True
        assert texts_of(await viewer) == texts_of(await same) == [("done", "")]

    in_time(watch())
