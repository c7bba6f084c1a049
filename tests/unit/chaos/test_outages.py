"""Outages are drawn from a seed; afterwards every part runs again."""

import random
import signal
from collections import Counter

import pytest

from chaos.outages import BENCHLING, POSTGRES, QUEUE, Outage, OutageRunner, draw_outages
from localdev.stack.layout import FUNCTIONS


class FakeStack:
    """A fake stack that records its calls; the part `stays_down` cannot be started."""

    def __init__(self, stays_down: str = "") -> None:
        self.calls: list[str] = []
        self._stays_down = stays_down

    def end(self, name: str, how: signal.Signals) -> None:
        self.calls.append(f"end {name} {how.name}")

    def start_function(self, name: str) -> None:
        if name == self._stays_down:
            raise RuntimeError(name)
        self.calls.append(f"start {name}")

    def start_postgres(self) -> None:
        self.calls.append("start postgres")

    def start_queue(self) -> None:
        self.calls.append("start queue")


def _run_outages(stack: FakeStack, *outages: Outage) -> OutageRunner:
    runner = OutageRunner(stack, outages)
    runner.start()
    runner._thread.shutdown()
    return runner


def test_a_seed_always_gives_the_same_outages() -> None:
    first, again, other = (draw_outages(random.Random(seed), for_s=60) for seed in (1, 1, 2))
    assert first == again != other


def test_outages_are_in_order_and_within_the_time() -> None:
    outages = draw_outages(random.Random(3), for_s=60)
    assert [outage.at_s for outage in outages] == sorted(outage.at_s for outage in outages)
    assert all(0 <= outage.at_s <= 60 for outage in outages)


def test_every_function_is_killed_sooner_or_later() -> None:
    outages = draw_outages(random.Random(4), for_s=1000)
    assert {outage.part for outage in outages} == {POSTGRES, QUEUE, *FUNCTIONS} - {"console"}  # nothing goes on in it


@pytest.mark.parametrize("seed", range(5))
def test_postgres_is_stopped_but_never_killed(seed: int) -> None:
    signals = [outage.how for outage in draw_outages(random.Random(seed), for_s=60) if outage.part == POSTGRES]
    assert signals == [signal.SIGINT, signal.SIGINT]


@pytest.mark.parametrize("seed", range(5))
def test_benchling_and_the_queue_are_away_often_enough(seed: int) -> None:
    parts = Counter(outage.part for outage in draw_outages(random.Random(seed), for_s=60))
    assert parts[BENCHLING] >= 10
    assert parts[QUEUE] >= 10


def test_an_ended_part_is_started_again() -> None:
    stack = FakeStack()
    runner = _run_outages(
        stack,
        Outage(0, "runs", signal.SIGKILL, 0),
        Outage(0, POSTGRES, signal.SIGINT, 0),
        Outage(0, QUEUE, signal.SIGTERM, 0),
    )
    runner.stop()
    assert stack.calls == [
        *("end runs SIGKILL", "start runs"),
        *("end postgres SIGINT", "start postgres"),
        *("end queue SIGTERM", "start queue"),
    ]
    assert runner.counts == {"runs": 1, POSTGRES: 1, QUEUE: 1}


def test_a_part_that_cannot_be_restarted_raises() -> None:
    runner = _run_outages(FakeStack(stays_down="runs"), Outage(0, "runs", signal.SIGKILL, 0))
    with pytest.raises(RuntimeError, match="runs"):
        runner.stop()
