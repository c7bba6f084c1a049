"""Leases, on a real Postgres."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine

from common.errors import UnavailableError
from common.services.postgres.leases import LeaseHeartbeat, LeaseStore
from tests.support.clock import Clock
from tests.support.runs import NOON
from tests.support.threads import all_at_once

MINUTE = timedelta(minutes=1)


@pytest.fixture
def leases(emptied_engine: Engine) -> LeaseStore:
    return LeaseStore(emptied_engine)


def test_one_of_many_concurrent_callers_gets_the_lease(leases: LeaseStore) -> None:
    taken = all_at_once([partial(leases.take, "a", at=NOON, lasts=MINUTE)] * 5)
    assert len([lease for lease in taken if lease]) == 1


def test_leases_with_different_names_are_independent(leases: LeaseStore) -> None:
    assert leases.take("a", at=NOON, lasts=MINUTE)
    assert leases.take("b", at=NOON, lasts=MINUTE)


def test_a_released_lease_is_free(leases: LeaseStore) -> None:
    lease = leases.take("a", at=NOON, lasts=MINUTE)
    assert lease
    leases.release(lease)
    assert leases.take("a", at=NOON, lasts=MINUTE)


def test_the_lease_of_a_dead_holder_is_free_when_it_expires(leases: LeaseStore) -> None:
    leases.take("a", at=NOON, lasts=MINUTE)
    assert leases.take("a", at=NOON + MINUTE - timedelta(microseconds=1), lasts=MINUTE) is None
    assert leases.take("a", at=NOON + MINUTE, lasts=MINUTE)


def test_an_extended_lease_lasts_longer(leases: LeaseStore) -> None:
    lease = leases.take("a", at=NOON, lasts=MINUTE)
    assert lease
    assert leases.extend(lease, at=NOON + MINUTE / 2, lasts=MINUTE)
    assert leases.take("a", at=NOON + MINUTE, lasts=MINUTE) is None


def test_a_holder_that_lost_its_lease_cannot_extend_or_release_it(leases: LeaseStore) -> None:
    lost = leases.take("a", at=NOON, lasts=MINUTE)
    held = leases.take("a", at=NOON + MINUTE, lasts=MINUTE)
    assert lost
    assert held
    assert not leases.extend(lost, at=NOON + MINUTE, lasts=MINUTE)
    leases.release(lost)
    assert leases.extend(held, at=NOON + MINUTE, lasts=MINUTE)


def test_a_heartbeat_extends_a_lease_once_a_quarter_of_its_time_has_passed(leases: LeaseStore) -> None:
    clock = Clock()
    lease = leases.take("a", at=clock(), lasts=MINUTE)
    assert lease
    heartbeat = LeaseHeartbeat(leases, lease, lasts=MINUTE, clock=clock)
    for _ in range(5):
        clock.advance(seconds=20)
        heartbeat.beat()
    assert leases.take("a", at=clock(), lasts=MINUTE) is None


def test_a_heartbeat_reports_a_lost_lease(leases: LeaseStore) -> None:
    clock = Clock()
    lease = leases.take("archive run-1a2b3c4d", at=clock(), lasts=MINUTE)
    assert lease
    heartbeat = LeaseHeartbeat(leases, lease, lasts=MINUTE, clock=clock)
    clock.advance(seconds=60)
    leases.take(lease.name, at=clock(), lasts=MINUTE)
    with pytest.raises(UnavailableError, match="taken over: archive run-1a2b3c4d"):
        heartbeat.beat()
