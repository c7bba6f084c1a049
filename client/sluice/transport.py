"""Requests over HTTP: the only module that knows the HTTP library.

A request that may be repeated is repeated while the service cannot be reached, or answers 429, 502 or 503.
"""

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx2

from sluice.errors import ConnectionLostError, NotFoundError, RefusedError, UnavailableError, error_from
from sluice.settings import LOOPBACK, VERSION

PATIENCE_S: Final = 60.0
_RETRIED: Final = frozenset({429, 502, 503})
_CONNECT_S, _READ_S = 10.0, 60.0  # four heartbeats of a stream
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 8.0
# IAP answers programs that send it with a 401 instead of the address of its sign-in page.
_HEADERS: Final = {"User-Agent": f"sluice/{VERSION}", "X-Requested-With": "XMLHttpRequest"}


class SignIn(Protocol):
    """Who the requests are from."""

    def headers(self) -> Mapping[str, str]:
        """The headers that name the caller. Raises SignInError."""

    def renew(self) -> bool:
        """Whether the caller has other headers, now that the service refused the last ones. Raises SignInError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:  # noqa: ANN401
        """The body as JSON. Raises UnavailableError if it is something else: then another program answered."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise UnavailableError("the answer is no JSON; is the address that of a Sluice service?") from error


@dataclass(slots=True)
class Patience:
    """How long one still waits for a service that is away: `limit_s` in all."""

    limit_s: float = PATIENCE_S
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _spent_s: float = 0.0
    _pauses: int = 0

    def pause(self, retry_after_s: float | None) -> bool:
        """Wait before the next attempt; False, at once, if the limit does not allow it."""
        backoff = min(_FIRST_PAUSE_S * 2**self._pauses, _LONGEST_PAUSE_S) * (0.5 + self.jitter() / 2)
        wait_s = backoff if retry_after_s is None else retry_after_s
        if self._spent_s + wait_s > self.limit_s:
            return False
        self._spent_s, self._pauses = self._spent_s + wait_s, self._pauses + 1
        self.sleep(wait_s)
        return True


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body arrives in pieces as they were sent. Reading them raises ConnectionLostError."""

    status: int
    headers: Mapping[str, str]
    pieces: Iterator[bytes]


@dataclass(slots=True)
class Transport:
    """Sends requests to the service at `server`; `handler` replaces the network in tests."""

    server: str
    sign_in: SignIn
    patience: Callable[[], Patience] = Patience
    handler: httpx2.BaseTransport | None = None
    _client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        on_this_machine = urlsplit(self.server).hostname in LOOPBACK
        self._client = httpx2.Client(
            headers=_HEADERS,
            timeout=httpx2.Timeout(_READ_S, connect=_CONNECT_S),
            verify=_tls(),
            transport=self.handler,
            trust_env=not on_this_machine,  # HTTP_PROXY must not apply to local ports
        )

    def close(self) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
    ) -> Answer:
        """The answer of the service. Raises the SluiceError that stands for an error answer."""
        patience, renewed = self.patience(), False
        while True:
            try:
                with self.stream(method, path, query=query, content=content, headers=headers) as answer:
                    return Answer(answer.status, answer.headers, b"".join(answer.pieces))
            except RefusedError:
                if renewed or not self.sign_in.renew():
                    raise
                renewed = True
            except ConnectionLostError as lost:
                if not repeatable or not patience.pause(lost.retry_after_s):
                    raise

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        read_s: float = _READ_S,
    ) -> Iterator[Stream]:
        """One attempt; the body arrives in pieces. Raises ConnectionLostError, or what an error answer stands for."""
        sent = {**(headers or {}), **self.sign_in.headers()}
        # None, because an empty mapping would drop the query that `path` has
        parameters = {name: value for name, value in (query or {}).items() if value is not None} or None
        address = self.server + path
        with self._opened(method, address, params=parameters, content=content, headers=sent, read_s=read_s) as answer:
            if answer.status_code >= 400:
                raise _error_of(answer)
            if answer.has_redirect_location and path.startswith("/api") and _is_sign_in_page(answer):
                raise RefusedError("you are not signed in; run `sluice login`")
            yield Stream(answer.status_code, _headers_of(answer), _pieces(answer))

    @contextmanager
    def download(self, link: str, headers: Mapping[str, str]) -> Iterator[Stream]:
        """The file behind a signed link, as it is stored; the link is the identity.

        Raises ConnectionLostError, also for 429 and 5xx, and NotFoundError for another refusal: the link is too old, or
        the file was deleted.
        """
        own = {"Accept-Encoding": "gzip"} | dict(headers)  # else Storage unpacks what is stored compressed
        with self._opened("GET", link, headers=own) as answer:
            if answer.status_code in _RETRIED or answer.status_code >= 500:
                raise ConnectionLostError(
                    f"Storage answered {answer.status_code}", retry_after_s=_retry_after_s(answer)
                )
            if answer.status_code >= 300 and answer.status_code != 416:
                raise NotFoundError(f"Storage answered {answer.status_code}")
            yield Stream(answer.status_code, _headers_of(answer), _pieces(answer, as_stored=True))

    @contextmanager
    def _opened(
        self,
        method: str,
        address: str,
        *,
        read_s: float = _READ_S,
        **options: Any,  # noqa: ANN401 those of build_request
    ) -> Iterator[httpx2.Response]:
        timeout = httpx2.Timeout(_READ_S, connect=_CONNECT_S, read=read_s)
        request = self._client.build_request(method, address, timeout=timeout, **options)
        try:
            answer = self._client.send(request, stream=True)
        except httpx2.TransportError as error:
            raise ConnectionLostError(f"{_host_of(address)} does not answer: {_words(error)}") from error
        try:
            yield answer
        finally:
            answer.close()


@cache
def _tls() -> ssl.SSLContext:
    """The certificates of this machine, which take 30 ms to read: once for all transports of a process."""
    return httpx2.create_ssl_context()


def _pieces(answer: httpx2.Response, *, as_stored: bool = False) -> Iterator[bytes]:
    try:
        yield from answer.iter_raw() if as_stored else answer.iter_bytes()
    except httpx2.TransportError as error:
        raise ConnectionLostError(f"the connection to {_host_of(str(answer.url))} broke: {_words(error)}") from error


def _error_of(answer: httpx2.Response) -> Exception:
    content = b"".join(_pieces(answer))
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    error = error_from(answer.status_code, body)
    if answer.status_code == 401:
        return RefusedError(f"{error.message}; run `sluice login`", request_id=error.request_id)
    if answer.status_code in _RETRIED:
        retry_after_s = _retry_after_s(answer)
        return ConnectionLostError(error.message, request_id=error.request_id, retry_after_s=retry_after_s)
    return error


def _retry_after_s(answer: httpx2.Response) -> float | None:
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else None


def _is_sign_in_page(answer: httpx2.Response) -> bool:
    location = answer.headers["location"]
    return "gcp-iap-mode" in location or urlsplit(location).hostname == "accounts.google.com"


def _headers_of(answer: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def _host_of(address: str) -> str:
    return urlsplit(address).netloc


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
