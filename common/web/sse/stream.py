"""Streams server-sent events, and ends all streams when the process stops.

A stream ends with its frames, at its time limit, or when the instance must stop; the client then reconnects, possibly
to another instance. A client that stops reading is dropped.
"""

import asyncio
import contextlib
import random
import signal
import weakref
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import FrameType
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Send

from common.telemetry import telemetry
from common.web.sse import frames as sse

log = telemetry("streams")

# Cloud Run cuts a stream after 60 minutes; ending it earlier ends it cleanly.
LONGEST_STREAM_S: Final = 50 * 60
LONGEST_SEND_S: Final = 30
# Streams end at random times within this period, so that clients do not all reconnect at once.
_END_WITHIN_S: Final = 2.0
_LAST_SEND_S: Final = 0.5
_FORCED_AFTER_S: Final = 3.0


class OpenStreams:
    """The streams of this process, which all end when it must stop."""

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ending = False

    @contextlib.asynccontextmanager
    async def limited(self, longest_s: float) -> AsyncGenerator[None]:
        """A block that is left by TimeoutError at the time limit or when the process must stop."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.timeout(0 if self._is_ending else longest_s) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def end_on_sigterm(self) -> None:
        """End all streams on SIGTERM; called once, from the server's main thread.

        The server's own handler runs too; alone, it would wait half a minute for its streams.
        """
        server_handler = signal.getsignal(signal.SIGTERM)

        def stop(number: int, frame: FrameType | None) -> None:
            if self._loop:
                self._loop.call_soon_threadsafe(self._stop, self._loop)
            if callable(server_handler):
                server_handler(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        self.end()
        # Clients that stopped reading still hold connections; a second signal makes the server exit.
        loop.call_later(_FORCED_AFTER_S, signal.raise_signal, signal.SIGINT)

    def end(self) -> None:
        """End all open streams, and every later one at once."""
        self._is_ending, now = True, asyncio.get_running_loop().time()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(now + random.uniform(0, _END_WITHIN_S))  # noqa: S311 not a secret  # nosec B311


class EventStream(StreamingResponse):
    """Sends frames as they come; the next frame is requested only after the last one was sent.

    `release` is called when the stream has ended, and when it is dropped without being sent, as for HEAD.
    """

    def __init__(
        self, frames: AsyncGenerator[bytes], streams: OpenStreams, release: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(frames, headers=sse.HEADERS)
        self._frames = frames
        self._streams = streams
        self._end = weakref.finalize(self, release)

    async def stream_response(self, send: Send) -> None:
        try:
            await self._send_frames(send)
        finally:
            self._end()

    async def _send_frames(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with contextlib.suppress(TimeoutError):
            async with aclosing(self._frames), self._streams.limited(LONGEST_STREAM_S):
                async for frame in self._frames:
                    await _send_in_time(send, frame)
        with contextlib.suppress(TimeoutError):  # the connection of a client that stopped reading is closed
            async with asyncio.timeout(_LAST_SEND_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_in_time(send: Send, frame: bytes) -> None:
    """Raises TimeoutError when the client does not read it."""
    async with asyncio.timeout(LONGEST_SEND_S) as limit:
        try:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        finally:
            if limit.expired():
                log.info("slow client dropped", extra={"action": "client_dropped"})
