"""The body of an HTTP request as a stream that ends where the request ends."""

import io
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BUFFER = 1 << 16
_BLOCK = 1 << 20


def body_of(connection: io.BufferedIOBase, headers: Message) -> io.BufferedReader:
    """The body that `headers` announce, to be read from `connection`."""
    return io.BufferedReader(RequestBody(connection, headers), _BUFFER)


def drain(body: io.BufferedIOBase) -> None:
    """Read what nobody wanted, so that the next request on the connection begins at its beginning."""
    while body.read(_BLOCK):
        pass


class RequestBody(io.RawIOBase):
    """Reads one body, plain or chunked, from a connection that may carry further requests.

    Raises ConnectionResetError when the sender leaves before the end, so that half an upload is never taken
    for a whole one.
    """

    def __init__(self, connection: io.BufferedIOBase, headers: Message) -> None:
        super().__init__()
        self._connection = connection
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = 0 if self._chunked else int(headers.get("content-length") or 0)

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
            raise ConnectionResetError("the request ended before its body did")
        self._left -= count
        if self._chunked and not self._left:
            self._connection.readline()
        return count

    def _open_chunk(self) -> None:
        self._left = int(self._connection.readline().split(b";")[0], 16)
        if not self._left:
            self._chunked = False
            while self._connection.readline().strip():
                pass
