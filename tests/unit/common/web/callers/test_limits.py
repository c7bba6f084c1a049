"""Limits for each user, kept in memory."""

import gc
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import TooManyRequestsError
from common.web.callers.limits import UserRate, UserSlots
from tests.support.threads import all_at_once


class Watch:
    """A clock in seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def allowed(rate: UserRate, user: str = "ana", units: int = 1) -> bool:
    try:
        rate.take(user, units)
    except TooManyRequestsError:
        return False
    return True


def test_a_user_gets_a_minutes_units_at_once_and_no_more() -> None:
    rate = UserRate("searches", 5, Watch())
    assert [allowed(rate) for _ in range(7)] == [True] * 5 + [False] * 2
    assert allowed(rate, "ben")


def test_the_refusal_says_when_to_try_again() -> None:
    watch = Watch()
    rate = UserRate("searches", 6, watch)
    for _ in range(6):
        rate.take("ana")
    with pytest.raises(TooManyRequestsError, match=r"at most 6 searches .* try again in 10 s") as refused:
        rate.take("ana")
    watch.now = refused.value.retry_after_s - 0.1
    assert not allowed(rate)
    watch.now = refused.value.retry_after_s
    assert allowed(rate)


def test_a_request_may_take_several_units() -> None:
    rate = UserRate("checks", 10, Watch())
    assert [allowed(rate, units=4) for _ in range(3)] == [True, True, False]
    assert allowed(rate, units=2)


def test_a_request_larger_than_a_minutes_units_waits_for_a_whole_minute() -> None:
    watch = Watch()
    rate = UserRate("checks", 10, watch)
    assert allowed(rate, units=50)
    assert not allowed(rate)
    watch.now = 60
    assert allowed(rate, units=50)


@given(st.lists(st.floats(0, 30), max_size=100), st.integers(1, 20))
def test_no_minute_has_more_than_twice_its_units(pauses: list[float], per_minute: int) -> None:
    watch, times = Watch(), []
    rate = UserRate("searches", per_minute, watch)
    for pause in pauses:
        watch.now += pause
        if allowed(rate):
            times.append(watch.now)
    assert all(sum(start <= time < start + 60 for time in times) <= 2 * per_minute for start in times)


def test_the_users_of_a_day_take_bounded_memory() -> None:
    rate = UserRate("searches", 5, Watch())
    for number in range(20_000):
        rate.take(f"user {number}")
    assert len(rate._left) == 10_000


def test_a_user_has_as_many_slots_as_allowed() -> None:
    slots = UserSlots("open streams", 2)
    first, _second = slots.take("ana"), slots.take("ana")
    with pytest.raises(TooManyRequestsError, match=r"you have 2 open streams, .* close some of them"):
        slots.take("ana")
    slots.take("ben")
    first()
    first()  # a second time gives back nothing
    slots.take("ana")
    with pytest.raises(TooManyRequestsError):
        slots.take("ana")


def test_slots_taken_at_the_same_time_are_counted_once_each() -> None:
    slots = UserSlots("open streams", 10)

    def take() -> bool:
        try:
            slots.take("ana")
        except TooManyRequestsError:
            return False
        return True

    assert sum(all_at_once([partial(take) for _ in range(30)])) == 10


def test_users_without_slots_take_no_memory() -> None:
    slots = UserSlots("open streams", 10)
    for number in range(100):
        slots.take(f"user {number}")()
    gc.collect()
    assert not slots._taken
