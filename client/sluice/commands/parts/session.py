"""The service that a command talks to."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sluice.output.terminal import tell

if TYPE_CHECKING:
    from sluice.client import Sluice
    from sluice.transport import Patience

_MOMENT_S: Final = 2.0
_HINT: Final = "newer-service"
_HINT_AGAIN: Final = timedelta(days=1)


@contextmanager
def connect(server: str | None = None) -> "Iterator[Sluice]":
    """The service at `server`, or of the environment; says once a day that it is newer than this client."""
    from sluice.client import Sluice  # noqa: PLC0415 help and completion need no HTTP library

    with Sluice.from_environment(server) as sluice:
        sluice.api.transport.patience = _patience
        try:
            yield sluice
        finally:
            if sluice.api.unknown:
                _hint(sluice, datetime.now(UTC))


def _patience() -> "Patience":
    """The patience of a command: whoever waits long is told why."""
    from sluice.transport import Patience  # noqa: PLC0415 it loads the HTTP library

    return Patience(sleep=TellingSleep())


@dataclass(slots=True)
class TellingSleep:
    """Sleeps between attempts, and says so once they take longer than a moment."""

    sleep: Callable[[float], None] = time.sleep
    _slept_s: float = 0.0

    def __call__(self, seconds: float) -> None:
        if self._slept_s < _MOMENT_S <= self._slept_s + seconds:
            tell("The service does not answer, or asks to wait; trying again, for a minute at most.")
        self._slept_s += seconds
        self.sleep(seconds)


def _hint(sluice: "Sluice", now: datetime) -> None:
    state = sluice.api.state
    last = state.load(_HINT)
    if isinstance(last, str) and now - datetime.fromisoformat(last) < _HINT_AGAIN:
        return
    state.save(_HINT, now.isoformat())
    tell("The service is newer than this client, which ignores what it does not know; install it again to see that.")
