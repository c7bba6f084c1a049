"""One limit for all waiting of a request."""

import time


class TimeLimit:
    """The moment, `limit_s` seconds from now, at which a request must be over."""

    def __init__(self, limit_s: float) -> None:
        self._at = time.monotonic() + limit_s

    def left_s(self) -> float:
        """The seconds left, more than 0. Raises TimeoutError when there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
