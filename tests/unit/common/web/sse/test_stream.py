"""Streams end with their frames, at their time limit, with the process, and for clients that stop reading."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any

import pytest
from starlette.types import Message, Scope

from common.web.sse import stream as event_stream
from common.web.sse.stream import EventStream, OpenStreams
from tests.support.async_tests import until

SCOPE: Scope = {"type": "http", "asgi": {"spec_version": "2.3"}}


class Reader:
    """The server side of a connection, which `takes` that many messages and then blocks."""

    def __init__(self, takes: int = 1000) -> None:
        self.messages: list[Message] = []
        self._takes = takes
        self.left = asyncio.Event()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if len(self.messages) >= self._takes:
            await asyncio.Event().wait()
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def has_ended(self) -> bool:
        """Whether the last message of the answer was sent."""
        return self.messages[-1].get("more_body") is False


class Frames:
    """Yields frames and then waits; `are_closed` after the stream was closed."""

    def __init__(self, *frames: bytes, then_wait: bool = True) -> None:
        self._frames, self._then_wait = frames, then_wait
        self.asked_for, self.are_closed = 0, False

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for frame in self._frames:
                self.asked_for += 1
                yield frame
            if self._then_wait:
                await asyncio.Event().wait()
        finally:
            self.are_closed = True


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(60):
            await test()

    asyncio.run(limited())


async def send(frames: Frames, reader: Reader, streams: OpenStreams | None = None) -> None:
    await EventStream(frames(), streams or OpenStreams())(SCOPE, reader.receive, reader.send)


def test_a_stream_ends_with_its_frames() -> None:
    async def test() -> None:
        frames, reader = Frames(b"a", b"b", then_wait=False), Reader()
        await send(frames, reader)
        assert (reader.body, reader.has_ended, frames.are_closed) == (b"ab", True, True)

    run(test)


def test_a_stream_ends_at_its_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "LONGEST_STREAM_S", 0.3)

    async def test() -> None:
        frames, reader = Frames(b"a"), Reader()
        await send(frames, reader)
        assert (reader.body, reader.has_ended, frames.are_closed) == (b"a", True, True)

    run(test)


def test_a_client_that_stops_reading_is_dropped_and_its_frames_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_stream, "LONGEST_SEND_S", 0.05)
    monkeypatch.setattr(event_stream, "_LAST_SEND_S", 0.05)

    async def test() -> None:
        frames, reader = Frames(*[b"a"] * 100), Reader(takes=3)
        await send(frames, reader)
        assert (reader.body, reader.has_ended, frames.are_closed) == (b"aa", False, True)
        assert frames.asked_for == 3

    run(test)


def test_a_disconnect_ends_the_stream() -> None:
    async def test() -> None:
        frames, reader = Frames(b"a"), Reader()
        sending = asyncio.create_task(send(frames, reader))
        await until(lambda: reader.body)
        reader.left.set()
        await sending
        assert frames.are_closed

    run(test)


def test_end_stops_all_streams_and_every_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_END_WITHIN_S", 0.1)

    async def test() -> None:
        streams, readers = OpenStreams(), [Reader() for _ in range(20)]
        sending = [asyncio.create_task(send(Frames(b"a"), reader, streams)) for reader in readers]
        await until(lambda: all(reader.body for reader in readers))
        streams.end()
        streams.end()
        late = Reader()
        await asyncio.gather(*sending, send(Frames(), late, streams))
        assert {(reader.body, reader.has_ended) for reader in readers} == {(b"a", True)}
        assert late.has_ended

    run(test)


def test_an_ending_stream_does_not_wait_for_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "_END_WITHIN_S", 0.01)
    monkeypatch.setattr(event_stream, "_LAST_SEND_S", 0.01)

    async def test() -> None:
        streams, reader = OpenStreams(), Reader(takes=1)
        sending = asyncio.create_task(send(Frames(b"a"), reader, streams))
        await until(lambda: reader.messages)
        streams.end()
        await sending
        assert not reader.has_ended

    run(test)


@pytest.fixture
def signals_to_server() -> Iterator[list[int]]:
    """The signals that the server received."""
    received: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda heard, _frame: received.append(heard)) for number in numbers]
    yield received
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_sigterm_ends_all_streams_and_then_forces_the_exit(
    signals_to_server: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "_END_WITHIN_S", 0.01)
    monkeypatch.setattr(event_stream, "_FORCED_AFTER_S", 0.1)

    async def test() -> None:
        streams, reader = OpenStreams(), Reader()
        streams.end_on_sigterm()
        sending = asyncio.create_task(send(Frames(b"a"), reader, streams))
        await until(lambda: reader.body)
        began = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        await sending
        await until(lambda: len(signals_to_server) == 2)
        assert signals_to_server == [signal.SIGTERM, signal.SIGINT]
        assert time.monotonic() - began > 0.1

    run(test)
