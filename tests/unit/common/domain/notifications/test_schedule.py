from datetime import timedelta

from common.domain.notifications.schedule import TRIES, next_try
from tests.support.rows import each_row
from tests.support.runs import NOON


def test_ten_tries_take_a_day() -> None:
    at = NOON
    for tries in range(1, TRIES):
        following = next_try(tries, at=at)
        assert following
        assert following > at
        at = following

    assert TRIES == 10
    assert timedelta(hours=24) <= at - NOON < timedelta(hours=25)
    assert next_try(TRIES, at=at) is None


@each_row(
    "wish",
    "pause",
    of=[
        (None, timedelta(seconds=30)),
        (timedelta(seconds=1), timedelta(seconds=30)),
        (timedelta(minutes=10), timedelta(minutes=10)),
        (timedelta(days=30), timedelta(hours=6)),
    ],
)
def test_a_target_may_ask_for_a_longer_pause(wish: timedelta | None, pause: timedelta) -> None:
    assert next_try(1, at=NOON, wish=wish) == NOON + pause
