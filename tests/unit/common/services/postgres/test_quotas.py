"""Quotas, on a real Postgres."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from common.errors import TooManyRequestsError
from common.services.postgres.quotas import Quota, QuotaStore
from tests.support.runs import NOON
from tests.support.threads import all_at_once

QUOTA = Quota(name="reads", burst=3, per_minute=60)


@pytest.fixture
def quotas(emptied_engine: Engine) -> QuotaStore:
    return QuotaStore(emptied_engine)


def takes(quotas: QuotaStore, at: datetime, quota: Quota = QUOTA) -> bool:
    try:
        quotas.take(quota, at=at)
    except TooManyRequestsError:
        return False
    return True


def test_at_most_the_burst_is_granted_at_once(quotas: QuotaStore) -> None:
    granted = all_at_once([partial(takes, quotas, NOON)] * 5)
    assert sum(granted) == 3


def test_a_refusal_says_when_to_retry(quotas: QuotaStore) -> None:
    for _ in range(3):
        quotas.take(QUOTA, at=NOON)
    with pytest.raises(TooManyRequestsError) as refusal:
        quotas.take(QUOTA, at=NOON)
    assert refusal.value.retry_after_s == 1
    quotas.take(QUOTA, at=NOON + timedelta(seconds=1))


def test_a_refusal_takes_nothing_from_the_quota(quotas: QuotaStore) -> None:
    for second in (0, 0, 0, 0.5, 0.9):
        takes(quotas, NOON + timedelta(seconds=second))
    assert takes(quotas, NOON + timedelta(seconds=1))


def test_unused_calls_add_up_to_the_burst_at_most(quotas: QuotaStore) -> None:
    takes(quotas, NOON)
    assert [takes(quotas, NOON + timedelta(hours=1)) for _ in range(4)] == [True, True, True, False]


def test_quotas_are_independent(quotas: QuotaStore) -> None:
    other = Quota(name="writes", burst=1, per_minute=1)
    assert takes(quotas, NOON, other)
    assert not takes(quotas, NOON, other)
    assert takes(quotas, NOON)


def test_a_clock_that_lags_behind_gains_no_calls(quotas: QuotaStore) -> None:
    late, early = NOON, NOON - timedelta(seconds=30)
    assert [takes(quotas, at) for at in (late, early, late, early, late)] == [True, True, True, False, False]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.floats(0, 5), min_size=1, max_size=40), number=st.integers(0, 10**9))
def test_no_minute_exceeds_the_sum_of_burst_and_rate(quotas: QuotaStore, gaps: list[float], number: int) -> None:
    quota = Quota(name=f"reads {number}", burst=2, per_minute=6)
    granted, at = [], NOON
    for gap in gaps:
        at += timedelta(seconds=gap)
        if takes(quotas, at, quota):
            granted.append(at)
    for first in granted:
        assert sum(first <= at < first + timedelta(minutes=1) for at in granted) <= 8
