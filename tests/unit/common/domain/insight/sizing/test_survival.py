"""The estimate of Kaplan and Meier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.sizing.survival import Survival

NEEDS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


def test_the_estimate_is_that_of_a_hand_computed_example() -> None:
    """Needs of 1, 3, 3 and 6, and bounds of 2 and 3: at 1 there are six, at 3 four, at 6 one."""
    needs = Survival.of([1, 3, 3, 6], [2, 3])
    assert needs.values == (1, 3, 6)
    assert needs.above == pytest.approx((5 / 6, 5 / 6 * 2 / 4, 0.0))


def test_a_quantile_beyond_the_largest_known_need_is_unknown() -> None:
    needs = Survival.of([1, 2, 3], [3, 3])
    assert needs.quantile(0.4) == 2
    assert needs.quantile(0.99) is None


def test_without_any_need_nothing_is_known() -> None:
    assert Survival.of([]).quantile(0.5) is None
    assert Survival.of([], [4]).share_above(10) == 1.0


@given(NEEDS, st.floats(0.01, 1))
def test_without_bounds_the_quantile_is_that_of_the_sorted_needs(needs: list[int], share: float) -> None:
    covering = Survival.of(needs).quantile(share)
    assert covering is not None
    assert sum(need <= covering for need in needs) >= share * len(needs) - 1e-6
    assert sum(need < covering for need in needs) < share * len(needs) + 1e-6


@given(NEEDS, st.lists(st.integers(1, 50), max_size=30), st.integers(0, 60))
def test_a_bound_in_place_of_a_need_never_makes_the_needs_smaller(
    needs: list[int], bounds: list[int], value: int
) -> None:
    known, bounded = Survival.of(needs + bounds), Survival.of(needs, bounds)
    assert bounded.share_above(value) >= known.share_above(value) - 1e-9
