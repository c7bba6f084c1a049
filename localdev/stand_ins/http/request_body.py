"""The body of an HTTP request as a stream that ends where the request ends."""

import io
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 1 << 16
_BLOCK = 1 << 20


class IncompleteBodyError(ConnectionError):
    """The client left in the middle of its body, or framed it wrongly."""


def body_of(connection: io.BufferedIOBase, headers: Message) -> io.BufferedIOBase:
    """The body that `headers` announce, to be read from `connection`. Raises ValueError for a bad content length."""
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return io.BytesIO()
    return io.BufferedReader(RequestBody(connection, headers), _BUFFER)


def drain(body: io.BufferedIOBase) -> None:
    """Read the rest of the body, so that the next request on the connection is found."""
    while body.read(_BLOCK):
        pass


class RequestBody(io.RawIOBase):
    """Reads one body, plain or chunked, from a connection that may carry further requests.

    Raises IncompleteBodyError when the client leaves before the end, so that half an upload is never stored.
    werkzeug's own reader of chunks knows neither trailers nor extensions, so a kept connection would break.
    """

    def __init__(self, connection: io.BufferedIOBase, headers: Message) -> None:
        super().__init__()
        self._connection = connection
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = 0 if self._chunked else int(headers.get("content-length") or 0)
        if self._left < 0:
            raise ValueError("negative content-length")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self._chunked and not self._left:
            self._open_chunk()
        view = memoryview(buffer)[: self._left]
        if not view:
            return 0
        count = self._connection.readinto(view)
        if not count:
            raise IncompleteBodyError("the connection ended before the request body did")
        self._left -= count
        if self._chunked and not self._left:
            self._connection.readline()
        return count

    def _open_chunk(self) -> None:
        line = self._connection.readline()
        try:
            self._left = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise IncompleteBodyError(f"{line!r} is not the size of a chunk") from error
        if not self._left:
            self._chunked = False
            while self._connection.readline().strip():
                pass
