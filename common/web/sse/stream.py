"""An answer that goes on for as long as there is something to tell, and how all of them end with the process.

A stream ends when its frames do, at its time limit, and when the instance is told to stop: an ended answer makes the
reader come back, to another instance if need be. A reader that takes nothing is dropped.
"""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import FrameType
from typing import Final

from starlette.responses import StreamingResponse
from starlette.types import Send

from common.telemetry import telemetry
from common.web.sse import frames as sse

log = telemetry("streams")

# Cloud Run cuts a stream after 60 minutes; one that ends by itself before that ends cleanly.
LONGEST_STREAM_S: Final = 50 * 60
LONGEST_SEND_S: Final = 30
# Readers are let go one by one, so that they do not all come back to the next instance at once.
_LET_GO_WITHIN_S: Final = 2.0
_LAST_SEND_S: Final = 0.5
_FORCED_AFTER_S: Final = 3.0


class OpenStreams:
    """The streams of this process, all of which end when it is told to stop."""

    def __init__(self) -> None:
        self._limits: set[asyncio.Timeout] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ending = False

    @contextlib.asynccontextmanager
    async def limited(self, longest_s: float) -> AsyncGenerator[None]:
        """Raises TimeoutError inside when the time limit or the end of the process has come."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.timeout(0 if self._is_ending else longest_s) as limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.discard(limit)

    def end_on_sigterm(self) -> None:
        """From now on end all streams when the process is told to stop; called once, by the server's main thread.

        The server, which would wait half a minute for its streams, hears the signal as before.
        """
        tell_server = signal.getsignal(signal.SIGTERM)

        def stop(number: int, frame: FrameType | None) -> None:
            if self._loop:
                self._loop.call_soon_threadsafe(self._leave, self._loop)
            if callable(tell_server):
                tell_server(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def _leave(self, loop: asyncio.AbstractEventLoop) -> None:
        self.end()
        # What then still keeps the server are connections whose readers take nothing; a second signal makes it go.
        loop.call_later(_FORCED_AFTER_S, signal.raise_signal, signal.SIGINT)

    def end(self) -> None:
        """End what is open, and whatever is opened from now on at once."""
        self._is_ending, now = True, asyncio.get_running_loop().time()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(now + random.uniform(0, _LET_GO_WITHIN_S))  # noqa: S311 it is no secret  # nosec B311


class EventStream(StreamingResponse):
    """Sends frames as they come; none of them is asked for before the one before it was taken."""

    def __init__(self, frames: AsyncGenerator[bytes], streams: OpenStreams) -> None:
        super().__init__(frames, headers=sse.HEADERS)
        self._frames = frames
        self._streams = streams

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with contextlib.suppress(TimeoutError):
            async with aclosing(self._frames), self._streams.limited(LONGEST_STREAM_S):
                async for frame in self._frames:
                    await _send_in_time(send, frame)
        with contextlib.suppress(TimeoutError):  # whose reader takes nothing is left as it is, and closed
            async with asyncio.timeout(_LAST_SEND_S):
                await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_in_time(send: Send, frame: bytes) -> None:
    """Raises TimeoutError when the reader does not take it."""
    async with asyncio.timeout(LONGEST_SEND_S) as limit:
        try:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        finally:
            if limit.expired():
                log.info("slow reader dropped", extra={"action": "reader_dropped"})
