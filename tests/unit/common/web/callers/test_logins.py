from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from werkzeug.datastructures import Headers

from common.domain.runs.access import Caller
from common.domain.users.user import LOGIN_INTERVAL
from common.errors import UnauthenticatedError, UnavailableError
from common.web.callers import logins
from common.web.callers.identity import HeaderLists
from common.web.callers.logins import recording_logins
from tests.support.threads import all_at_once
from tests.unit.common.web.conftest import Records

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Identify = Callable[[HeaderLists], Caller]


class Logins:
    """Keeps the logins that were recorded, and counts attempts."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, datetime]] = []
        self.is_down = False
        self.tries = 0

    def get_or_create_user(self, email: str, *, at: datetime) -> None:
        self.tries += 1
        if self.is_down:
            raise UnavailableError("the database is away; try again")
        self.recorded.append((email, at))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def book() -> Logins:
    return Logins()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def identify(book: Logins, clock: Clock) -> Identify:
    return recording_logins(named_in_header, book, clock)


def named_in_header(headers: HeaderLists) -> Caller:
    """The caller in the header x-caller."""
    if not (names := headers.getlist("x-caller")):
        raise UnauthenticatedError("not signed in")
    return Caller(email=names[0])


def as_caller(email: str) -> Headers:
    return Headers({"x-caller": email})


ANA = as_caller("ana@lab.example")


def test_the_caller_is_the_one_that_identify_finds(identify: Identify) -> None:
    assert identify(ANA) == Caller(email="ana@lab.example")


def test_a_login_is_recorded(identify: Identify, book: Logins) -> None:
    identify(ANA)
    identify(as_caller("ben@lab.example"))
    assert book.recorded == [("ana@lab.example", NOON), ("ben@lab.example", NOON)]


def test_a_recent_login_is_not_recorded_again(identify: Identify, book: Logins, clock: Clock) -> None:
    identify(ANA)
    clock.now += LOGIN_INTERVAL - timedelta(seconds=1)
    identify(ANA)
    assert book.tries == 1


def test_a_login_is_recorded_again_after_the_interval(identify: Identify, book: Logins, clock: Clock) -> None:
    identify(ANA)
    clock.now += LOGIN_INTERVAL
    identify(ANA)
    assert book.recorded == [("ana@lab.example", NOON), ("ana@lab.example", NOON + LOGIN_INTERVAL)]


def test_concurrent_first_requests_record_one_login(identify: Identify, book: Logins) -> None:
    all_at_once([partial(identify, ANA)] * 50)
    assert book.tries == 1


def test_a_request_without_identity_records_nothing(identify: Identify, book: Logins) -> None:
    with pytest.raises(UnauthenticatedError):
        identify(Headers())
    assert book.tries == 0


def test_a_request_goes_on_while_the_database_is_unavailable(identify: Identify, book: Logins, logged: Records) -> None:
    book.is_down = True
    assert identify(ANA) == Caller(email="ana@lab.example")
    assert [vars(record)["action"] for record in logged.records] == ["login_not_recorded"]


def test_an_unavailable_database_is_tried_once_per_caller(identify: Identify, book: Logins) -> None:
    book.is_down = True
    for _ in range(3):
        identify(ANA)
    assert book.tries == 1


def test_a_lost_login_is_recorded_after_the_interval(identify: Identify, book: Logins, clock: Clock) -> None:
    book.is_down = True
    identify(ANA)
    book.is_down = False
    clock.now += LOGIN_INTERVAL
    identify(ANA)
    assert book.recorded == [("ana@lab.example", clock.now)]


def test_the_oldest_logins_are_forgotten(identify: Identify, book: Logins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins, "_REMEMBERED", 3)
    for name in ("ana", "ben", "cem", "dia"):
        identify(as_caller(name))
    book.recorded.clear()
    for name in ("dia", "cem", "ben", "ana"):
        identify(as_caller(name))
    assert book.recorded == [("ana", NOON)]
