"""Thousands of readers of live events in one event loop, which record what each of them saw and how late."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence

from localdev.stack.layout import HOST

_FRAME = re.compile(rb'id: (\d+)\nevent: (\w+)\ndata: (?:\{"sent":([\d.]+)\}|.*)\n\n')
_CONNECT_AT_ONCE = 50


class Viewer(asyncio.Protocol):
    """One reader of one stream: the ids it saw, the delays in seconds, and whether the stream ended."""

    def __init__(self, request: bytes) -> None:
        self.ids: list[int] = []
        self.late_s: list[float] = []
        self.began: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request, self._unread = request, b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 as for every stream protocol
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now, self._unread = time.time(), self._unread + data
        if not self.began.done() and b"\r\n\r\n" in self._unread:
            status, _, _ = self._unread.partition(b"\r\n")
            self.began.set_result(None) if b" 200 " in status else self.began.set_exception(RuntimeError(status))
        end = 0
        for frame in _FRAME.finditer(self._unread):
            end = frame.end()
            self.ids.append(int(frame[1]))
            if frame[3]:
                self.late_s.append(now - float(frame[3]))
            if frame[2] == b"done" and not self.ended.done():
                self.ended.set_result(None)
        self._unread = self._unread[end:]

    def connection_lost(self, exc: Exception | None) -> None:
        for future in (self.began, self.ended):
            if not future.done():
                future.set_exception(exc or ConnectionError("the stream ended without the event done"))

    def leave(self) -> None:
        if self._transport:
            self._transport.close()
        for future in (self.began, self.ended):
            future.exception() if future.done() else future.cancel()


async def watch(port: int, runs: Sequence[str], headers: Mapping[str, Mapping[str, str]]) -> list[Viewer]:
    """One connected viewer for each of `runs`; `headers` has the headers for each run."""
    viewers: list[Viewer] = []
    for first in range(0, len(runs), _CONNECT_AT_ONCE):
        connected = await asyncio.gather(
            *(connect(port, f"/api/runs/{run}/events", headers[run]) for run in runs[first : first + _CONNECT_AT_ONCE])
        )
        await asyncio.gather(*(viewer.began for viewer in connected))
        viewers += connected
    return viewers


async def connect(port: int, path: str, headers: Mapping[str, str]) -> Viewer:
    """A viewer of the stream at `path`, which has sent its request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *map(": ".join, headers.items())]
    request = "".join(f"{line}\r\n" for line in lines) + "\r\n"
    _, viewer = await asyncio.get_running_loop().create_connection(lambda: Viewer(request.encode()), HOST, port)
    return viewer
