"""After repeated failures calls are refused for a while, then one trial call is admitted."""

from datetime import timedelta

from common.services.benchling.circuit_breaker import CircuitBreaker
from tests.support.clock import Clock
from tests.support.threads import all_at_once


def opened(clock: Clock) -> CircuitBreaker:
    circuit = CircuitBreaker(clock, limit=3, pause=timedelta(seconds=30))
    for _ in range(3):
        assert circuit.admits()
        circuit.failed()
    return circuit


def test_failures_in_a_row_open_the_circuit() -> None:
    assert not opened(Clock()).admits()


def test_a_success_in_between_keeps_it_closed() -> None:
    circuit = CircuitBreaker(Clock(), limit=2)
    for _ in range(5):
        circuit.failed()
        circuit.succeeded()
    assert circuit.admits()


def test_one_trial_call_is_admitted_after_the_pause() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.advance(seconds=30)
    assert sorted(all_at_once([circuit.admits] * 8)) == [False] * 7 + [True]


def test_a_failed_trial_starts_another_pause() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.advance(seconds=30)
    assert circuit.admits()
    circuit.failed()
    clock.advance(seconds=29)
    assert not circuit.admits()
    clock.advance(seconds=1)
    assert circuit.admits()


def test_a_trial_without_a_result_is_followed_by_another() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.advance(seconds=30)
    assert circuit.admits()
    clock.advance(seconds=30)
    assert circuit.admits()


def test_a_successful_trial_closes_the_circuit() -> None:
    clock = Clock()
    circuit = opened(clock)
    clock.advance(seconds=30)
    assert circuit.admits()
    circuit.succeeded()
    assert all(circuit.admits() for _ in range(5))
