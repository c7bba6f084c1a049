import pytest

from common.services.notifications.time_limit import TimeLimit


def test_what_is_left_is_never_more_than_the_limit() -> None:
    assert 0 < TimeLimit(60).left_s() <= 60


def test_nothing_is_left_after_the_limit() -> None:
    with pytest.raises(TimeoutError):
        TimeLimit(0).left_s()
