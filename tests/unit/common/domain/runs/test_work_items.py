from datetime import timedelta

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
