"""Sends requests to addresses that users choose, and never into a network that is not public.

A name is resolved once, every address of it must be public, and the connection goes to one of these very addresses;
TLS then checks the certificate for the name. A name that changes its address after the check gains nothing.
"""

import io
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from common.domain.notifications.addresses import is_public
from common.domain.notifications.targets import url_fault
from common.errors import SluiceError, UnavailableError
from common.services.notifications.time_limit import TimeLimit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SocketAddress = tuple[Any, ...]  # as `socket` has it: first the address in digits
Resolve = Callable[[str, int], Sequence[SocketAddress]]
Connect = Callable[[SocketAddress, float], socket.socket]

LIMIT_S: Final = 10.0


class AddressRefusedError(SluiceError):
    """The address is malformed or not public; the same request would fail again."""

    code = "ADDRESS_REFUSED"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered; its body is not read."""

    status: int
    retry_after: str | None = None  # the header as it was sent


def resolve(host: str, port: int) -> list[SocketAddress]:
    """The addresses of a host, best first. Raises OSError."""
    return [found[4] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: SocketAddress, limit_s: float) -> socket.socket:
    """A connection to an address in digits. Raises OSError."""
    connection = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(limit_s)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The public internet over https, and everything below the origin `exempt`.

    A request takes at most `limit_s` seconds, however slowly the receiver answers; only a slow look-up of a name can
    make it longer.
    """

    exempt: str | None = None  # such as http://127.0.0.1:9000
    limit_s: float = LIMIT_S
    resolve: Resolve = resolve
    connect: Connect = connect
    make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send `body` and return the answer, which may be a redirect or an error.

        Raises AddressRefusedError; UnavailableError when no answer arrives in time.
        """
        fault = url_fault(url, exempt=self.exempt)
        if fault:
            raise AddressRefusedError(f"the address {fault}")
        host = (urlsplit(url).hostname or "").removesuffix(".")
        try:
            return self._post(url, host, headers, body)
        except TimeoutError as error:
            raise UnavailableError(f"{host} did not answer within {self.limit_s:g} s") from error
        except socket.gaierror as error:
            raise UnavailableError(f"the name {host} is not known") from error
        except ssl.SSLCertVerificationError as error:
            raise UnavailableError(f"the certificate of {host} is not valid: {error.verify_message}") from error
        except (OSError, HTTPException) as error:
            raise UnavailableError(f"{host} cannot be reached ({type(error).__name__})") from error

    def _post(self, url: str, host: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts, end = urlsplit(url), TimeLimit(self.limit_s)
        is_secure = parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        with self._open(host, port, end, is_exempt=f"{parts.scheme}://{parts.netloc}" == self.exempt) as plain:
            client = HTTPSConnection(host, port, context=self._tls) if is_secure else HTTPConnection(host, port)
            plain.settimeout(end.left_s())
            with self._tls.wrap_socket(plain, server_hostname=host) if is_secure else plain as connection:
                client.sock = _TimedSocket(connection, end)  # the client opens no connection itself
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                client.request("POST", path, body, {"Connection": "close", **headers})
                answer = client.getresponse()
                return Answer(answer.status, answer.getheader("Retry-After"))

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self.make_tls()

    def _open(self, host: str, port: int, end: TimeLimit, *, is_exempt: bool) -> socket.socket:
        addresses = self.resolve(host, port)
        if not is_exempt and not all(is_public(ip_address(address[0])) for address in addresses):
            raise AddressRefusedError(f"the address leads into a network that is not public: {host}")
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return self.connect(address, end.left_s() / left)  # a dead address leaves time for the others
            except OSError:
                if left == 1:
                    raise
        raise OSError(f"{host} has no address")


class _TimedSocket:
    """A socket for http.client with one limit for the whole answer; a socket's own starts anew with each byte."""

    def __init__(self, connection: socket.socket, end: TimeLimit) -> None:
        self._connection, self._end = connection, end
        self.close = connection.close

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._end.left_s())
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReading(self._connection, self._end), 4096)


class _TimedReading(io.RawIOBase):
    def __init__(self, connection: socket.socket, end: TimeLimit) -> None:
        self._connection, self._end = connection, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._connection.settimeout(self._end.left_s())
        return self._connection.recv_into(buffer)
