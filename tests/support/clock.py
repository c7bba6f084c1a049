"""A clock that a test sets."""

from datetime import datetime, timedelta

from tests.support.runs import NOON


class Clock:
    """Starts at NOON and moves only by `advance`, and by `tick` at each reading."""

    def __init__(self, tick: timedelta = timedelta(0)) -> None:
        self.now, self.tick = NOON, tick

    def __call__(self) -> datetime:
        self.now += self.tick
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)
