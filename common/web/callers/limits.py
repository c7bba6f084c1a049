"""Limits for each user on what costs this instance something: requests per minute, and streams at the same time.

They live in the memory of one instance and protect that instance. Limits that must hold over all instances are kept in
Postgres: see QuotaStore and RunStoreService.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from common.errors import TooManyRequestsError

_REMEMBERED: Final = 10_000  # users; about 2 MB
_RETRY_STREAM_AFTER_S: Final = 10


class UserRate:
    """At most `per_minute` units of `thing` for each user, at once or spread over the minute.

    `thing` stands in the error message after a number, as in "searches".
    """

    def __init__(self, thing: str, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._thing, self._per_minute, self._clock = thing, per_minute, clock
        self._left: dict[str, tuple[float, float]] = {}  # the units left by user, and when; oldest first
        self._lock = threading.Lock()

    def take(self, user: str, units: int = 1) -> None:
        """Take units from a user's minute. Raises TooManyRequestsError when there are not as many left.

        A request that needs more than a whole minute's units takes all of them.
        """
        needed = min(units, self._per_minute)
        with self._lock:
            now = self._clock()
            left, since = self._left.pop(user, (float(self._per_minute), now))
            left = min(self._per_minute, left + (now - since) * self._per_minute / 60)
            is_allowed = left >= needed
            self._left[user] = (left - needed if is_allowed else left), now
            if len(self._left) > _REMEMBERED:
                del self._left[next(iter(self._left))]
        if not is_allowed:
            wait_s = max(1, math.ceil((needed - left) * 60 / self._per_minute))
            raise TooManyRequestsError(
                f"at most {self._per_minute:,} {self._thing} are allowed in a minute for each user; "
                f"try again in {wait_s} s",
                retry_after_s=wait_s,
            )


class UserSlots:
    """At most `at_most` of `thing` for each user at the same time, as in "open streams"."""

    def __init__(self, thing: str, at_most: int) -> None:
        self._thing, self._at_most = thing, at_most
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, user: str) -> Callable[[], None]:
        """Take a slot; returns the function that gives it back, once however often it is called.

        Raises TooManyRequestsError when the user has no slot left.
        """
        with self._lock:
            taken = self._taken.get(user, 0)
            if taken >= self._at_most:
                raise TooManyRequestsError(
                    f"you have {taken:,} {self._thing}, the most that one user may have; "
                    f"close some of them and try again in {_RETRY_STREAM_AFTER_S} s",
                    retry_after_s=_RETRY_STREAM_AFTER_S,
                )
            self._taken[user] = taken + 1
        is_held = True

        def release() -> None:
            nonlocal is_held
            with self._lock:
                if is_held:
                    is_held = False
                    self._taken[user] -= 1
                    if not self._taken[user]:
                        del self._taken[user]

        return release
