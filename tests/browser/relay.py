"""A TCP relay between a browser and a server, whose connections can be cut."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

from localdev.stack.layout import HOST


class Relay:
    """Relays connections from `port` to the server at `server_port`."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server((HOST, 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.port = int(self._listener.getsockname()[1])

    @contextmanager
    def running(self) -> Iterator["Relay"]:
        threading.Thread(target=self._accept, daemon=True).start()
        yield self
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Close all connections immediately; new ones are accepted."""
        cut, self._pairs = self._pairs, []
        for end in chain.from_iterable(cut):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((HOST, self._server_port))
                self._pairs.append((client, server))
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
