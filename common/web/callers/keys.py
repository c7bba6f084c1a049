"""Fetches and caches the public keys that verify the signatures of tokens."""

import http.client
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Final

from common.errors import UnavailableError
from common.telemetry import telemetry

log = telemetry("keys")

_FRESH_S: Final = 3600.0
_PAUSE_S: Final = 60.0  # between fetches for unknown ids
_PAUSE_WITHOUT_KEYS_S: Final = 5
_TIMEOUT_S: Final = 5.0
_LARGEST_BYTES: Final = 1 << 20

Fetch = Callable[[str], Mapping[str, str]]


def fetch_keys(url: str) -> dict[str, str]:
    """The JSON object `{key id: PEM}` at `url`. Raises OSError, HTTPException, ValueError."""
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 KeySet checks the scheme  # nosec B310
        keys = json.loads(answer.read(_LARGEST_BYTES))
    if not keys or not isinstance(keys, dict) or not all(isinstance(pem, str) for pem in keys.values()):
        raise ValueError("no keys in the answer")
    return keys


class KeySet:
    """Keys by id, fetched once an hour, and for an unknown id at most once a minute.

    Thread-safe. Old keys stay in use while a renewal fails.
    """

    def __init__(self, url: str, *, fetch: Fetch = fetch_keys, clock: Callable[[], float] = time.monotonic) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"the address of the keys must start with http:// or https://, not {url!r}")
        self._url, self._fetch, self._clock = url, fetch, clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, str] = {}
        self._stale_at = self._next_extra_fetch = float("-inf")

    def find(self, key_id: str) -> str | None:
        """The PEM of a key, None for an unknown id. Raises UnavailableError if no keys could be fetched yet."""
        pem = self._keys.get(key_id)
        if pem and self._clock() < self._stale_at:
            return pem
        if self._lock.acquire(blocking=pem is None):  # a caller with a usable key does not wait for the renewal
            try:
                self._renew(key_id)
            finally:
                self._lock.release()
        if not self._keys:
            raise UnavailableError(
                "identities cannot be checked now: their keys could not be fetched; try again",
                retry_after_s=_PAUSE_WITHOUT_KEYS_S,
            )
        return self._keys.get(key_id)

    def _renew(self, key_id: str) -> None:
        now = self._clock()
        is_stale = now >= self._stale_at
        if now < self._next_extra_fetch or not (is_stale or key_id not in self._keys):
            return  # fetched too recently, or just now by another thread
        try:
            self._keys = self._fetch(self._url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.warning("keys not renewed", extra={"action": "keys_not_renewed", "url": self._url, "why": repr(error)})
            self._next_extra_fetch = now + (_PAUSE_S if self._keys else _PAUSE_WITHOUT_KEYS_S)
            return
        self._stale_at = now + _FRESH_S
        if not is_stale:
            self._next_extra_fetch = now + _PAUSE_S
