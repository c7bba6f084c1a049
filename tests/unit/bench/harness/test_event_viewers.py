"""Viewers read events however the network splits them."""

import asyncio

import pytest

from bench.harness.event_viewers import Viewer

STREAM = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"b\r\nretry: 2000\n\r\n"
    b'2c\r\nid: 1\nevent: progress\ndata: {"sent":100.5}\n\n\r\n'
    b"f\r\n: still here\n\n\r\n"
    b'2f\r\nid: 2\nevent: progress\ndata: {"sent":200.25}\n\nid: 3\nevent: done\ndata: {"sent":300}\n\n\r\n'
)


@pytest.mark.parametrize("size", [1, 7, 50, len(STREAM)])
def test_a_viewer_reads_events_in_pieces_of_any_size(size: int) -> None:
    async def read() -> Viewer:
        viewer = Viewer(b"")
        for start in range(0, len(STREAM), size):
            viewer.data_received(STREAM[start : start + size])
        await viewer.began
        await viewer.ended
        return viewer

    viewer = asyncio.run(read())

    assert viewer.ids == [1, 2, 3]
    assert len(viewer.late_s) == 3
    assert viewer.late_s[0] - viewer.late_s[2] == pytest.approx(199.5, abs=1)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b""])
def test_a_viewer_raises_if_the_server_refuses_it(answer: bytes) -> None:
    async def read() -> None:
        viewer = Viewer(b"")
        viewer.data_received(answer)
        viewer.connection_lost(None)
        with pytest.raises(ConnectionError, match="without the event done"):
            await viewer.ended
        await viewer.began

    with pytest.raises((RuntimeError, ConnectionError)):
        asyncio.run(read())
