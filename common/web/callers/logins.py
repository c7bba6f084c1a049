"""Records logins while requests are answered."""

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
    """Where logins are recorded; UserService, or a fake that tests switch off."""

    def get_or_create_user(self, email: str, *, at: datetime) -> object: ...


def recording_logins(
    identify: Callable[[HeaderLists], Caller], logins: Logins, clock: Callable[[], datetime]
) -> Callable[[HeaderLists], Caller]:
    """`identify`, extended to create the caller's user row and record the login.

    Each process remembers recent logins, so most requests need no statement. If the database is unavailable, the
    request goes on and the login is recorded after LOGIN_INTERVAL; actions that need the row create it.
    """
    recent = _RecentLogins()

    def identify_and_record(headers: HeaderLists) -> Caller:
        caller, now = identify(headers), clock()
        if recent.is_due(caller.email, now):
            try:
                logins.get_or_create_user(caller.email, at=now)
            except UnavailableError as error:
                log.warning("login not recorded", extra={"action": "login_not_recorded", "why": error.message})
        return caller

    return identify_and_record


class _RecentLogins:
    """The last login by address, oldest first; at most `_REMEMBERED` of them."""

    def __init__(self) -> None:
        self._times: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def is_due(self, email: str, now: datetime) -> bool:
        """Whether to record a login now; True once per address and LOGIN_INTERVAL."""
        with self._lock:
            before = self._times.get(email)
            if before and now - before < LOGIN_INTERVAL:
                return False
            self._times.pop(email, None)
            self._times[email] = now
            if len(self._times) > _REMEMBERED:
                del self._times[next(iter(self._times))]
            return True
