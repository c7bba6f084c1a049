"""Stops calls to a service that keeps failing, so that callers do not wait for it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class CircuitBreaker:
    """Opens after `limit` failures in a row; then one trial call is admitted per `pause` until one succeeds.

    Safe to share between threads.
    """

    def __init__(
        self, clock: Callable[[], datetime], *, limit: int = 3, pause: timedelta = timedelta(seconds=30)
    ) -> None:
        self._clock, self._limit, self._pause = clock, limit, pause
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try: datetime | None = None  # None while the circuit is closed

    def admits(self) -> bool:
        """Whether a call may be made now. The caller then reports its result with `succeeded` or `failed`."""
        with self._lock:
            if self._next_try is None:
                return True
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + self._pause  # one trial call at a time
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._next_try = 0, None

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._next_try = self._clock() + self._pause
