"""How much memory is advised, on needs whose distribution is known."""

import math
from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.sizing.attempts import MemoryNeeds, memory_needs
from common.domain.insight.sizing.memory import (
    HEADROOM,
    InputBin,
    memory_advice,
    memory_by_input,
    rank_correlation,
    whole_gib,
)
from tests.unit.common.domain.insight.sizing.attempts import GIB, attempts_for, make_attempt

LOADS, KNOWN, NEW = 20, 400, 5_000
Load = Callable[[Random], float]  # the need of one task in GiB


def normal(random: Random) -> float:
    return max(1.0, random.gauss(20, 4))


def heavy_tailed(random: Random) -> float:
    return 8 * random.lognormvariate(0, 0.5)


def bimodal(random: Random) -> float:
    return max(1.0, random.gauss(6, 1) if random.random() < 0.8 else random.gauss(40, 4))


def simulated(seed: int) -> tuple[list[float], list[float]]:
    """The needs in bytes of the tasks that are known, and of later ones, of one load."""
    random = Random(seed)
    load = (normal, heavy_tailed, bimodal)[seed % 3]
    return tuple([load(random) * GIB for _ in range(count)] for count in (KNOWN, NEW))  # type: ignore[return-value]


def failures(needs: Sequence[float], memory: float) -> float:
    """The share of first attempts that are killed."""
    return sum(need > memory for need in needs) / len(needs)


def cost(needs: Sequence[float], memory: float) -> float:
    """The memory of all attempts, which take equally long; the second has twice as much, and so on."""
    attempts = [math.ceil(need / memory) for need in needs]
    return sum(memory * count * (count + 1) / 2 for count in attempts)


def advised(seed: int) -> tuple[float, float, list[float]]:
    """What we and the maximum rule advise for a load of which a tenth was killed at first, and its later tasks."""
    known, new = simulated(seed)
    usual = sorted(known)[int(0.9 * KNOWN)]
    advice = memory_advice(memory_needs(attempts_for(known, memory=usual)))
    return advice.memory, whole_gib(HEADROOM * max(known)), new


def test_at_most_two_of_a_hundred_tasks_fail_with_the_advice() -> None:
    for seed in range(LOADS):
        memory, _, new = advised(seed)
        assert failures(new, memory) <= 0.02, seed


def test_the_advice_costs_less_than_the_maximum_rule_in_19_of_20_loads() -> None:
    loads = [advised(seed) for seed in range(LOADS)]
    cheaper = [cost(new, memory) < cost(new, by_maximum) for memory, by_maximum, new in loads]
    assert sum(cheaper) >= 19


def test_kills_that_were_never_repeated_count_as_larger_needs() -> None:
    known = [6 * GIB] * 95
    low = memory_advice(MemoryNeeds(known, [], 2))
    assert low.memory == 8 * GIB  # 7.2, in whole GiB
    advice = memory_advice(MemoryNeeds([*known, 20 * GIB], [8 * GIB] * 4, 2))
    assert advice.memory == 24 * GIB
    assert not advice.is_guess


def test_if_the_largest_tasks_were_all_killed_the_advice_is_twice_what_they_had() -> None:
    advice = memory_advice(MemoryNeeds([6 * GIB] * 20, [16 * GIB, 32 * GIB], 2))
    assert advice.is_guess
    assert advice.memory == 64 * GIB


def test_few_samples_leave_room_for_a_larger_task() -> None:
    advice = memory_advice(MemoryNeeds([6 * GIB] * 10, [], 2))
    assert advice.expected_failures == pytest.approx(1 / 11)
    many = memory_advice(MemoryNeeds([6 * GIB] * 995 + [20 * GIB] * 5, [], 2))
    assert many.expected_failures == pytest.approx(0.005)


def test_without_any_need_there_is_nothing_to_advise() -> None:
    with pytest.raises(ValueError, match="no task proves a need"):
        memory_advice(MemoryNeeds([], [], 0))


@given(st.lists(st.integers(1, 64 * GIB), min_size=1, max_size=200))
def test_the_advice_is_whole_gib_and_covers_99_of_100_needs(needs: list[int]) -> None:
    advice = memory_advice(MemoryNeeds(needs, [], 2))
    assert advice.memory % GIB == 0
    assert advice.memory >= GIB
    assert failures(needs, advice.memory) <= 0.01


def test_memory_that_grows_with_the_input_is_advised_by_bins_of_the_input() -> None:
    attempts = [make_attempt(read_bytes=size * GIB, memory_peak=(2 + size) * GIB) for size in range(1, 41)]
    assert memory_by_input(attempts) == [
        InputBin(10 * GIB, 15 * GIB),
        InputBin(20 * GIB, 27 * GIB),
        InputBin(30 * GIB, 39 * GIB),
        InputBin(None, 51 * GIB),
    ]


@pytest.mark.parametrize(
    "peaks",
    [[Random(1).random() for _ in range(40)], [4.0] * 40, [40.0 - size for size in range(40)]],
    ids=["by chance", "the same", "falling"],
)
def test_memory_that_the_input_does_not_explain_has_no_bins(peaks: list[float]) -> None:
    attempts = [make_attempt(read_bytes=size + 1, memory_peak=int(peak * GIB) + 1) for size, peak in enumerate(peaks)]
    assert memory_by_input(Random(2).sample(attempts, len(attempts))) == []


def test_too_few_tasks_have_no_bins() -> None:
    assert memory_by_input([make_attempt(read_bytes=size, memory_peak=size * GIB) for size in range(1, 20)]) == []


def test_the_rank_correlation_is_that_of_a_hand_computed_example() -> None:
    """Ranks 1, 2, 3, 4, 5 and 2, 1, 4, 3, 5: the differences have the squares 1, 1, 1, 1, 0."""
    pairs = [(10, 7), (20, 1), (30, 90), (40, 8), (50, 1e9)]
    assert rank_correlation(pairs) == pytest.approx(1 - 6 * 4 / (5 * 24))
    assert rank_correlation([]) == 0.0


def test_equal_values_share_their_ranks() -> None:
    assert rank_correlation([(1, 1), (1, 1), (2, 2), (2, 2)]) == pytest.approx(1.0)
