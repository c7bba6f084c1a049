"""Spares a service that is away, and everybody who would wait for it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class CircuitBreaker:
    """Opens after `limit` failures in a row; once every `pause` one call is then let through to see how things are.

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
        """Whether a call may be made now. Who makes it says afterwards how it went."""
        with self._lock:
            if self._next_try is None:
                return True
            now = self._clock()
            if now < self._next_try:
                return False
            self._next_try = now + self._pause  # one call is enough to find out
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._next_try = 0, None

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._next_try = self._clock() + self._pause
