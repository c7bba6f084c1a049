"""The names that Benchling knows, asked for every five minutes at most and by one request at a time."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.errors import BenchlingError

FRESH_FOR: Final = timedelta(minutes=5)
# After an attempt that failed nobody tries for so long: with old names at hand there is no hurry.
PAUSE, PAUSE_WITHOUT_NAMES = timedelta(seconds=30), timedelta(seconds=5)

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """Names by their kind, as they were at `as_of`; `is_stale` when that is longer ago than it should be."""

    names: Names
    as_of: datetime
    is_stale: bool = False


class MetadataCache:
    """Keeps what `load` gave. Old names are served, and marked so, while they are renewed and while that fails.

    Safe to share between threads.
    """

    def __init__(self, load: Callable[[], Names], clock: Callable[[], datetime]) -> None:
        self._load, self._clock = load, clock
        self._lock = threading.Lock()
        self._kept: KnownNames | None = None
        self._next_load: datetime | None = None
        self._failure = ""

    def get(self) -> KnownNames:
        """The names. Raises BenchlingError when there are none yet and none can be had."""
        kept = self._kept
        if self._is_due() and self._lock.acquire(blocking=kept is None):  # whoever has names need not wait
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
            return  # another thread has just tried
        began = self._clock()
        try:
            self._kept = KnownNames(names=self._load(), as_of=began)
            self._next_load = began + FRESH_FOR
        except BenchlingError as error:
            self._failure = error.message
            self._next_load = self._clock() + (PAUSE if self._kept else PAUSE_WITHOUT_NAMES)
