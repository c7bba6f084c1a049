"""UrlSigner: signed links (V4), with which anyone may download one object until the link expires.

Credentials with a private key sign locally. Others, such as those of a Cloud Run function, sign through IAM
(signBlob), for which their service account needs roles/iam.serviceAccountTokenCreator on itself.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import google.auth
import requests
from google.auth.credentials import Credentials, Signing
from google.auth.exceptions import GoogleAuthError
from google.auth.iam import Signer
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from requests.adapters import HTTPAdapter

from common.errors import UnavailableError
from common.services.storage.links import LinkRequest, attachment
from common.telemetry import telemetry

if TYPE_CHECKING:
    from google.cloud.storage import Blob

log = telemetry("links")

VALID_FOR: Final = timedelta(hours=1)
_REUSED_FOR_S: Final = 0.8 * VALID_FOR.total_seconds()  # a link is valid for at least 12 minutes when it is returned
_CACHED_LINKS: Final = 10_000  # about 10 MB
_THREADS: Final = 16  # a signature may be a request of 50 ms
_TIMEOUT_S: Final = 10.0
_NO_TOKEN_URI: Final = ""  # these credentials only sign and never fetch a token
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

_LinkKey = tuple[str, str, str, str | None]  # bucket, key, and how it is presented


def ambient_signer() -> Signing:
    """Signs as the service account of this process, or of the key file that it was given.

    Raises errors of google.auth: DefaultCredentialsError when there is no account, TransportError and RefreshError.
    """
    credentials, _project = google.auth.default(scopes=[_SCOPE])
    with_pool = requests.Session()
    with_pool.mount("https://", HTTPAdapter(pool_maxsize=_THREADS))
    return signing(credentials, partial(Request(with_pool), timeout=_TIMEOUT_S))


def signing(credentials: Credentials, request: Callable[..., Any]) -> Signing:
    """`credentials` if they can sign, else credentials of the same service account that sign through IAM.

    `request` has the signature of google.auth.transport.Request. Raises RefreshError and TransportError.
    """
    if isinstance(credentials, Signing):
        return credentials
    credentials.refresh(request)  # Cloud Run's credentials do not know their email address before
    email: str = credentials.service_account_email  # type: ignore[attr-defined]  # functions run as service accounts
    return service_account.Credentials(Signer(request, credentials, email), email, token_uri=_NO_TOKEN_URI)


class UrlSigner:
    """Signs links to objects in parallel and caches them.

    A link is valid for VALID_FOR from its signing, and for at least a fifth of that when it is returned. It leads to
    the current content of the object, so a growing log keeps its link.
    """

    def __init__(
        self, credentials: Callable[[], Signing] = ambient_signer, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._make_credentials, self._clock = credentials, clock
        self._links: dict[_LinkKey, tuple[float, str]] = {}  # time of signing and link; the oldest first
        self._lock = threading.Lock()

    @cached_property
    def _credentials(self) -> Signing:
        return self._make_credentials()

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_THREADS, thread_name_prefix="sign")

    def download_urls(self, blobs: "Sequence[Blob]") -> list[str]:
        """A link for each object; browsers save it under its base name. Raises UnavailableError."""
        return self.urls([LinkRequest(blob, attachment(blob.name.rpartition("/")[2])) for blob in blobs])

    def urls(self, requested: Sequence[LinkRequest]) -> list[str]:
        """A link for each request. Raises UnavailableError."""
        now = self._clock()
        links = self._cached(requested, now)
        unsigned = {_key_of(each): each for each in requested if _key_of(each) not in links}
        if unsigned:
            signed = dict(zip(unsigned, self._sign(unsigned.values()), strict=True))
            self._cache(signed, now)
            links |= signed
        return [links[_key_of(each)] for each in requested]

    def _sign(self, requested: Iterable[LinkRequest]) -> list[str]:
        try:
            return list(self._pool.map(partial(_signed_url, self._credentials), requested))
        except GoogleAuthError as error:
            log.warning("links not signed", extra={"action": "links_not_signed", "why": str(error)})
            raise UnavailableError("download links cannot be signed now; try again") from error

    def _cached(self, requested: Iterable[LinkRequest], now: float) -> dict[_LinkKey, str]:
        with self._lock:
            cached = [(key, self._links[key]) for each in requested if (key := _key_of(each)) in self._links]
        return {key: url for key, (signed_at, url) in cached if now - signed_at < _REUSED_FOR_S}

    def _cache(self, signed: dict[_LinkKey, str], now: float) -> None:
        with self._lock:
            for key, url in signed.items():
                self._links.pop(key, None)
                self._links[key] = (now, url)
            while len(self._links) > _CACHED_LINKS:
                del self._links[next(iter(self._links))]


def _key_of(requested: LinkRequest) -> _LinkKey:
    return requested.blob.bucket.name, requested.blob.name, requested.disposition, requested.media_type


def _signed_url(credentials: Signing, requested: LinkRequest) -> str:
    url: str = requested.blob.generate_signed_url(
        version="v4",
        expiration=VALID_FOR,
        method="GET",
        response_disposition=requested.disposition,
        response_type=requested.media_type,
        credentials=credentials,
    )
    return url
