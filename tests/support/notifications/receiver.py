"""A receiver of webhooks, which answers as a test tells it to."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Self

Reply = Callable[[socket.socket], object]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived; `name` is the host that the sender asked TLS for."""

    path: str
    headers: Message
    body: bytes
    name: str | None


def status(line: str, *headers: str, body: bytes = b"") -> Reply:
    """Answer with a status such as `204 No Content`."""
    head = "\r\n".join([f"HTTP/1.1 {line}", *headers, "", ""]).encode()
    return lambda connection: connection.sendall(head + body)


TAKEN = status("204 No Content")


class Receiver:
    """Listens on 127.0.0.1 while its context is open; https if it has a `certificate` (key and certificate in PEM)."""

    def __init__(self, reply: Reply = TAKEN, *, certificate: Path | None = None, port: int = 0) -> None:
        self.received: list[Received] = []
        self._reply, self._tls, self._name = reply, _server_tls(certificate), ""
        if self._tls:
            self._tls.sni_callback = self._remember_name
        self._listener = socket.create_server(("127.0.0.1", port))
        self.address: tuple[str, int] = self._listener.getsockname()
        self.origin = f"{'https' if certificate else 'http'}://127.0.0.1:{self.address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # a sender may leave at any time
                self._answer(connection)

    def _answer(self, plain: socket.socket) -> None:
        plain.settimeout(10)
        with self._tls.wrap_socket(plain, server_side=True) if self._tls else plain as connection:
            self.received.append(_read(connection, self._name or None))
            self._reply(connection)

    def _remember_name(self, _socket: object, name: str | None, _context: object) -> None:
        self._name = name or ""


def _server_tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _read(connection: socket.socket, name: str | None) -> Received:
    with connection.makefile("rb") as sent:
        path = sent.readline().decode().split(" ")[1]
        head = b"".join(iter(sent.readline, b"\r\n"))
        headers = message_from_bytes(head)
        return Received(path, headers, sent.read(int(headers["Content-Length"])), name)
