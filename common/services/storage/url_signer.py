"""Signed links (V4): whoever holds one may download one object for a while.

Credentials that hold a key sign by themselves; others, such as those of a Cloud Run function, have IAM sign
(signBlob), for which their service account needs roles/iam.serviceAccountTokenCreator on itself.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import google.auth
import requests
from google.auth.credentials import Credentials, Signing
from google.auth.exceptions import GoogleAuthError
from google.auth.iam import Signer
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

from common.errors import UnavailableError
from common.telemetry import telemetry

if TYPE_CHECKING:
    from google.cloud.storage import Blob

log = telemetry("links")

VALID_FOR: Final = timedelta(hours=1)
_REUSED_FOR_S: Final = 0.8 * VALID_FOR.total_seconds()  # so whoever is given a link has 12 minutes to follow it
_REMEMBERED: Final = 5_000  # links; about 5 MB
_AT_ONCE: Final = 16  # signatures under way; each may be a request of 50 ms
_TIMEOUT_S: Final = 10.0
_NOWHERE: Final = ""  # where such credentials would get a token, which nobody asks them for
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_UNSAFE_IN_QUOTES: Final = re.compile(r'[^\x20-\x7e]|["%\\/]')

_Place = tuple[str, str]  # bucket and key


def ambient_signer() -> Signing:
    """What signs as the service account that this process runs as, or whose key file it was given.

    Raises google.auth's errors: DefaultCredentialsError when there is no account, TransportError and RefreshError.
    """
    credentials, _project = google.auth.default(scopes=[_SCOPE])
    with_pool = requests.Session()
    with_pool.mount("https://", HTTPAdapter(pool_maxsize=_AT_ONCE))
    return signing(credentials, partial(Request(with_pool), timeout=_TIMEOUT_S))


def signing(credentials: Credentials, request: Callable[..., Any]) -> Signing:
    """`credentials` when they can sign; otherwise their service account, for which IAM signs.

    `request` is called as a google.auth.transport.Request is. Raises RefreshError and TransportError.
    """
    if isinstance(credentials, Signing):
        return credentials
    credentials.refresh(request)  # before that, Cloud Run's do not know their own address
    email: str = credentials.service_account_email  # type: ignore[attr-defined]  # whatever a function runs as has one
    return service_account.Credentials(Signer(request, credentials, email), email, token_uri=_NOWHERE)


class UrlSigner:
    """Signs links to objects in parallel, and hands them out again for most of their life.

    A link is good for VALID_FOR, and for a fifth of that at least when it is handed out. It leads to whatever the
    object then holds, so a log that is still growing keeps its link.
    """

    def __init__(
        self, credentials: Callable[[], Signing] = ambient_signer, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._make_credentials, self._clock = credentials, clock
        self._links: dict[_Place, tuple[float, str]] = {}  # when it was signed, and the link; the oldest first
        self._lock = threading.Lock()

    @cached_property
    def _credentials(self) -> Signing:
        return self._make_credentials()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sign")

    def download_urls(self, blobs: "Sequence[Blob]") -> list[str]:
        """A link for each object, which the browser saves under its base name. Raises UnavailableError."""
        now = self._clock()
        links = self._recall(blobs, now)
        unknown = {_place(blob): blob for blob in blobs if _place(blob) not in links}
        if unknown:
            signed = dict(zip(unknown, self._sign(unknown.values()), strict=True))
            self._remember(signed, now)
            links |= signed
        return [links[_place(blob)] for blob in blobs]

    def _sign(self, blobs: "Iterable[Blob]") -> list[str]:
        try:
            return list(self._pool.map(partial(_download_url, self._credentials), blobs))
        except GoogleAuthError as error:
            log.warning("links not signed", extra={"action": "links_not_signed", "why": str(error)})
            raise UnavailableError("download links cannot be signed just now; try again") from error

    def _recall(self, blobs: "Iterable[Blob]", now: float) -> dict[_Place, str]:
        with self._lock:
            remembered = [(place, self._links[place]) for blob in blobs if (place := _place(blob)) in self._links]
        return {place: url for place, (signed_at, url) in remembered if now - signed_at < _REUSED_FOR_S}

    def _remember(self, signed: dict[_Place, str], now: float) -> None:
        with self._lock:
            for place, url in signed.items():
                self._links.pop(place, None)
                self._links[place] = (now, url)
            while len(self._links) > _REMEMBERED:
                del self._links[next(iter(self._links))]


def attachment(name: str) -> str:
    """A Content-Disposition that has the browser save a file as `name` (RFC 6266).

    A name that is more than plain ASCII is given twice: simplified for old clients, and as it is.
    """
    simple = _UNSAFE_IN_QUOTES.sub("_", name)
    exact = "" if simple == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{simple}"{exact}'


def _place(blob: "Blob") -> _Place:
    return blob.bucket.name, blob.name


def _download_url(credentials: Signing, blob: "Blob") -> str:
    url: str = blob.generate_signed_url(
        version="v4",
        expiration=VALID_FOR,
        method="GET",
        response_disposition=attachment(blob.name.rpartition("/")[2]),
        credentials=credentials,
    )
    return url
