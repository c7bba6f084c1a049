from datetime import UTC, datetime, timedelta

from common.domain.notifications.answers import outcome_of
from common.domain.notifications.notification import Delivered, Refused, TryAgain
from tests.support.rows import each_row

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@each_row("status", of=[200, 201, 202, 204, 299])
def test_a_receiver_that_answers_2xx_has_taken_it(status: int) -> None:
    assert outcome_of(status, None, now=NOON) == Delivered()


def test_a_receiver_that_is_gone_gets_no_more() -> None:
    assert isinstance(outcome_of(410, None, now=NOON), Refused)


@each_row("status", of=[199, 301, 304, 307, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504, 599])
def test_after_any_other_status_it_is_sent_again(status: int) -> None:
    outcome = outcome_of(status, None, now=NOON)

    assert isinstance(outcome, TryAgain)
    assert str(status) in outcome.reason


@each_row(
    "header",
    "seconds",
    of=[
        ("120", 120),
        ("0", 0),
        ("9" * 1000, 86_400),
        ("Tue, 01 Dec 2026 12:05:00 GMT", 300),
        ("Tue, 01 Dec 2026 12:05:00 -0000", 300),
        ("Fri, 01 Jan 2038 00:00:00 GMT", 86_400),
    ],
)
def test_a_receiver_may_say_when_to_come_back_within_a_day(header: str, seconds: int) -> None:
    assert outcome_of(503, header, now=NOON) == TryAgain("the receiver answered 503", timedelta(seconds=seconds))


@each_row(
    "header",
    of=[
        *("", "soon", "-5", "1.5", "١٢", "Mon, 30 Nov 2026 12:00:00 GMT", "Tue, 99 Dec 2026 12:00:00 GMT"),
        "Tue, 01 Dec 99999999999 12:05:00 GMT",
        "Tue, 01 Dec 2026 12:05:00 +99999999999999999999",
    ],
)
def test_other_headers_say_nothing(header: str) -> None:
    assert outcome_of(429, header, now=NOON) == TryAgain("the receiver answered 429")
