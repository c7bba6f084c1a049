"""The public keys that a token's signature is checked with, fetched rarely and kept."""

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
_PAUSE_S: Final = 60.0  # between fetches beyond the hourly one, however many unknown ids are asked for
_PAUSE_WITHOUT_KEYS_S: Final = 5
_TIMEOUT_S: Final = 5.0
_LARGEST_BYTES: Final = 1 << 20

Fetch = Callable[[str], Mapping[str, str]]


def fetch_keys(url: str) -> dict[str, str]:
    """The JSON object `{key id: PEM}` at `url`. Raises OSError, HTTPException or ValueError when there is none."""
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 KeySet checks the scheme  # nosec B310
        keys = json.loads(answer.read(_LARGEST_BYTES))
    if not keys or not isinstance(keys, dict) or not all(isinstance(pem, str) for pem in keys.values()):
        raise ValueError("no keys in the answer")
    return keys


class KeySet:
    """Keys by id, fetched once an hour, and once more when an unknown id appears, at most once a minute.

    Safe to share between threads. Old keys keep serving while their renewal fails.
    """

    def __init__(self, url: str, *, fetch: Fetch = fetch_keys, clock: Callable[[], float] = time.monotonic) -> None:
        if not url.startswith(("https://", "http://")):
            raise ValueError(f"keys are fetched over http or https, not from {url!r}")
        self._url, self._fetch, self._clock = url, fetch, clock
        self._lock = threading.Lock()
        self._keys: Mapping[str, str] = {}
        self._stale_at = self._next_extra_fetch = float("-inf")

    def find(self, key_id: str) -> str | None:
        """The PEM of a key, None when there is no such key. Raises UnavailableError while no key is known at all."""
        pem = self._keys.get(key_id)
        if pem and self._clock() < self._stale_at:
            return pem
        if self._lock.acquire(blocking=pem is None):  # whoever has a key need not wait for its renewal
            try:
                self._renew(key_id)
            finally:
                self._lock.release()
        if not self._keys:
            raise UnavailableError(
                "the keys that identities are checked with cannot be had", retry_after_s=_PAUSE_WITHOUT_KEYS_S
            )
        return self._keys.get(key_id)

    def _renew(self, key_id: str) -> None:
        now = self._clock()
        is_stale = now >= self._stale_at
        if now < self._next_extra_fetch or not (is_stale or key_id not in self._keys):
            return  # asked too recently, or another thread has just fetched it
        try:
            self._keys = self._fetch(self._url)
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.warning("keys not renewed", extra={"action": "keys_not_renewed", "url": self._url, "why": repr(error)})
            self._next_extra_fetch = now + (_PAUSE_S if self._keys else _PAUSE_WITHOUT_KEYS_S)
            return
        self._stale_at = now + _FRESH_S
        if not is_stale:
            self._next_extra_fetch = now + _PAUSE_S
