from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs.work_items import ChainStep, pause_after

FIRST = ChainStep(run_id="run-1a2b3c4d", chain="launch")


def test_each_step_of_a_chain_has_its_own_key() -> None:
    chain = [FIRST, FIRST.next(), FIRST.next().next()]
    assert [step.key for step in chain] == [f"run-1a2b3c4d-launch-{tick}" for tick in range(3)]


def test_the_key_of_a_step_is_stable() -> None:
    assert FIRST.next().key == FIRST.next().key


def test_chains_of_one_run_do_not_share_keys() -> None:
    assert FIRST.key != ChainStep(run_id="run-1a2b3c4d", chain="asked").key


def test_a_step_is_written_as_json() -> None:
    assert FIRST.next().as_json() == {"run_id": "run-1a2b3c4d", "chain": "launch", "tick": 1}


@given(st.integers(min_value=0, max_value=10_000))
def test_the_pause_grows_to_four_intervals_and_no_further(tick: int) -> None:
    interval = timedelta(seconds=20)
    pause = pause_after(tick, interval=interval)
    assert interval <= pause <= 4 * interval
    assert pause <= pause_after(tick + 1, interval=interval)


def test_the_first_pause_is_one_interval() -> None:
    assert pause_after(0, interval=timedelta(seconds=20)) == timedelta(seconds=20)


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=1_000_000))
def test_the_pause_grows_with_the_live_jobs_but_never_so_long_that_the_chain_seems_dead(tick: int, live: int) -> None:
    interval = timedelta(seconds=20)
    pause = pause_after(tick, interval=interval, live_jobs=live)
    assert pause_after(tick, interval=interval) <= pause <= 8 * interval
    assert pause <= pause_after(tick, interval=interval, live_jobs=live + 1)


@pytest.mark.parametrize(("live", "intervals"), [(0, 1), (500, 1.5), (3_000, 4), (7_000, 8), (100_000, 8)])
def test_each_thousand_live_jobs_adds_an_interval_to_the_pause(live: int, intervals: float) -> None:
    interval = timedelta(seconds=20)
    assert pause_after(0, interval=interval, live_jobs=live) == intervals * interval
