"""Caches the names that Benchling knows for five minutes; one request at a time renews them."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.errors import BenchlingError

FRESH_FOR: Final = timedelta(minutes=5)
# No retry for this long after a failure; longer while old names can be served.
RETRY_PAUSE, RETRY_PAUSE_WITHOUT_NAMES = timedelta(seconds=30), timedelta(seconds=5)

NamesByKind = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """Names by kind, read at `as_of`; `is_stale` if that is longer ago than FRESH_FOR."""

    names: NamesByKind
    as_of: datetime
    is_stale: bool = False


class MetadataCache:
    """Keeps the result of `load`. While a renewal runs or fails, old names are served and marked as stale.

    Safe to share between threads.
    """

    def __init__(self, load: Callable[[], NamesByKind], clock: Callable[[], datetime]) -> None:
        self._load, self._clock = load, clock
        self._lock = threading.Lock()
        self._kept: KnownNames | None = None
        self._next_load: datetime | None = None
        self._failure = ""

    def get(self) -> KnownNames:
        """The names. Raises BenchlingError if none were loaded yet and loading fails."""
        kept = self._kept
        if self._is_due() and self._lock.acquire(blocking=kept is None):  # with old names, do not wait
            try:
                self._renew()
            finally:
                self._lock.release()
            kept = self._kept
        if kept is None:
            raise BenchlingError(self._failure)
        is_stale = self._clock() >= kept.as_of + FRESH_FOR
        return KnownNames(names=kept.names, as_of=kept.as_of, is_stale=is_stale)

    def _is_due(self) -> bool:
        return self._next_load is None or self._clock() >= self._next_load

    def _renew(self) -> None:
        if not self._is_due():
            return  # another thread has just done it
        began = self._clock()
        try:
            self._kept = KnownNames(names=self._load(), as_of=began)
            self._next_load = began + FRESH_FOR
        except BenchlingError as error:
            self._failure = error.message
            self._next_load = self._clock() + (RETRY_PAUSE if self._kept else RETRY_PAUSE_WITHOUT_NAMES)
