"""Notes who is using Sluice, while their requests are answered."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from common.domain.runs.access import Caller
from common.domain.users.user import LOGIN_INTERVAL
from common.errors import UnavailableError
from common.telemetry import telemetry
from common.web.callers.identity import HeaderLists

log = telemetry("logins")

_REMEMBERED: Final = 10_000  # callers; about 2 MB


class Logins(Protocol):
    """Where logins are noted: UserService."""

    def get_or_create_user(self, email: str, *, at: datetime) -> object: ...


def noting_logins(
    identify: Callable[[HeaderLists], Caller], logins: Logins, clock: Callable[[], datetime]
) -> Callable[[HeaderLists], Caller]:
    """`identify`, which then also makes the caller a user and notes that they are here.

    Most requests cost no statement: each process remembers whom it has noted lately. A database that is away
    refuses nobody; who could not be noted is noted the next time round, and whatever counts for a user makes their
    row if need be.
    """
    noted = _Noted()

    def identify_and_note(headers: HeaderLists) -> Caller:
        caller, now = identify(headers), clock()
        if noted.is_due(caller.email, now):
            try:
                logins.get_or_create_user(caller.email, at=now)
            except UnavailableError as error:
                log.warning("login not noted", extra={"action": "login_not_noted", "why": error.message})
        return caller

    return identify_and_note


class _Noted:
    """Who was noted when, the longest ago first; the oldest are forgotten beyond `_REMEMBERED`."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def is_due(self, email: str, now: datetime) -> bool:
        """Whether to note somebody now; who asks first is told so, and nobody else for LOGIN_INTERVAL."""
        with self._lock:
            before = self._times.get(email)
            if before and now - before < LOGIN_INTERVAL:
                return False
            self._times.pop(email, None)
            self._times[email] = now
            if len(self._times) > _REMEMBERED:
                del self._times[next(iter(self._times))]
            return True
