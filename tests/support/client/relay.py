"""A proxy between the client and the services that breaks connections."""

import random
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_HEAD: Final = re.compile(rb"([A-Z]+) http://([0-9.]+):([0-9]+)(/\S*) HTTP/1\.1\r\n")
_CONNECTION: Final = re.compile(rb"^(proxy-)?connection:.*\r\n", re.IGNORECASE | re.MULTILINE)
_PIECE: Final = 65536
# Closing the socket then sends a reset.
_RESET: Final = struct.pack("ii", 1, 0)


class BreakingRelay:
    """Forwards requests like an HTTP proxy, and breaks the first `breaks` connections.

    Each of them ends after a random number of bytes of the answer, up to `longest`; every fourth is reset before its
    request is forwarded, as when nobody listens.
    """

    def __init__(self, breaks: int, *, longest: int, seed: int) -> None:
        self.broken = 0
        self._left, self._longest = breaks, longest
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @contextmanager
    def running(self) -> Iterator["BreakingRelay"]:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _allowance(self) -> int | None:
        """How many bytes of its answer a new connection gets: None for all."""
        with self._lock:
            if not self._left:
                return None
            self._left -= 1
            return 0 if self._left % 4 == 0 else self._random.randint(1, self._longest)

    def _serve(self, client: socket.socket) -> None:
        allowed = self._allowance()
        with client, suppress(OSError):
            head = self._head_of(client)
            found = _HEAD.match(head)
            assert found, head
            if allowed == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._count(is_broken=True)
                return
            method, host, port, path = found.groups()
            with socket.create_connection((host.decode(), int(port))) as server:
                rest = _CONNECTION.sub(b"", head[found.end() :])
                server.sendall(b"%b %b HTTP/1.1\r\nConnection: close\r\n" % (method, path) + rest)
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                is_whole = _pump(server, client, allowed)
            if allowed is not None:
                self._count(is_broken=not is_whole)
            client.shutdown(socket.SHUT_RDWR)  # else the thread above keeps the connection open

    def _count(self, *, is_broken: bool) -> None:
        """Count a broken connection; for an answer that was whole before, another connection is broken."""
        with self._lock:
            self.broken += is_broken
            self._left += not is_broken

    @staticmethod
    def _head_of(client: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(_PIECE)
            if not piece:
                break
            head += piece
        return head


def _pump(source: socket.socket, sink: socket.socket, allowed: int | None = None) -> bool:
    """Copy bytes until the source ends, or `allowed` have been copied; whether the source ended."""
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            if allowed is not None and len(piece) >= allowed:
                sink.sendall(piece[:allowed])
                return False
            sink.sendall(piece)
            allowed = None if allowed is None else allowed - len(piece)
    return True
