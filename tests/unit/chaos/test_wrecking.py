"""Blows are drawn from a seed, and leave everything started."""

import random
import signal

import pytest

from chaos.wrecking import POSTGRES, Blow, Wrecker, draw_blows


class Breakable:
    """Remembers what was done to it; a part that `stays_away` does not come back."""

    def __init__(self, stays_away: str = "") -> None:
        self.told: list[str] = []
        self._stays_away = stays_away

    def end(self, name: str, how: signal.Signals) -> None:
        self.told.append(f"end {name} {how.name}")

    def start_function(self, name: str) -> None:
        if name == self._stays_away:
            raise RuntimeError(name)
        self.told.append(f"start {name}")

    def start_postgres(self) -> None:
        self.told.append("start postgres")


def _wreck(stack: Breakable, *blows: Blow) -> Wrecker:
    wrecker = Wrecker(stack, blows)
    wrecker.start()
    wrecker._thread.shutdown()
    return wrecker


def test_a_seed_gives_the_same_blows_and_another_seed_others() -> None:
    first, again, other = (draw_blows(random.Random(seed), for_s=60) for seed in (1, 1, 2))
    assert first == again != other


def test_blows_are_in_order_and_within_the_time() -> None:
    blows = draw_blows(random.Random(3), for_s=60)
    assert [blow.at_s for blow in blows] == sorted(blow.at_s for blow in blows)
    assert all(0 <= blow.at_s <= 60 for blow in blows)


@pytest.mark.parametrize("seed", range(5))
def test_postgres_is_stopped_and_never_killed(seed: int) -> None:
    ways = [blow.how for blow in draw_blows(random.Random(seed), for_s=60) if blow.victim == POSTGRES]
    assert ways == [signal.SIGINT, signal.SIGINT]


def test_what_ends_is_started_again() -> None:
    stack = Breakable()
    wrecker = _wreck(stack, Blow(0, "runs", signal.SIGKILL, 0), Blow(0, POSTGRES, signal.SIGINT, 0))
    wrecker.stop()
    assert stack.told == ["end runs SIGKILL", "start runs", "end postgres SIGINT", "start postgres"]
    assert wrecker.dealt == 2


def test_a_part_that_does_not_come_back_is_told_of() -> None:
    wrecker = _wreck(Breakable(stays_away="runs"), Blow(0, "runs", signal.SIGKILL, 0))
    with pytest.raises(RuntimeError, match="runs"):
        wrecker.stop()
