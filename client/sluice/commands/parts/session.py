"""The service that a command talks to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sluice.output.terminal import tell

if TYPE_CHECKING:
    from sluice.client import Sluice

_HINT: Final = "newer-service"
_HINT_AGAIN: Final = timedelta(days=1)


@contextmanager
def connect(server: str | None = None) -> "Iterator[Sluice]":
    """The service at `server`, or of the environment; says once a day that it is newer than this client."""
    from sluice.client import Sluice  # noqa: PLC0415 help and completion need no HTTP library

    with Sluice.from_environment(server) as sluice:
        try:
            yield sluice
        finally:
            if sluice.api.unknown:
                _hint(sluice, datetime.now(UTC))


def _hint(sluice: "Sluice", now: datetime) -> None:
    state = sluice.api.state
    last = state.load(_HINT)
    if isinstance(last, str) and now - datetime.fromisoformat(last) < _HINT_AGAIN:
        return
    state.save(_HINT, now.isoformat())
    tell("The service is newer than this client, which ignores what it does not know; install it again to see that.")
