from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.insight.cost.apportioning import apportion, over_one_denominator, rounded


def test_the_largest_remainder_gets_what_is_left() -> None:
    assert apportion(10, [Fraction(1), Fraction(2), Fraction(4)]) == [1, 3, 6]


def test_nothing_is_divided_among_nothing() -> None:
    assert apportion(0, [Fraction(), Fraction()]) == [0, 0]
    with pytest.raises(ValueError, match="5 cannot be divided"):
        apportion(5, [Fraction()])


@given(st.lists(st.fractions(min_value=0, max_value=10**15), max_size=20))
def test_parts_add_up_and_each_is_within_one_of_its_share(shares: list[Fraction]) -> None:
    total = rounded(sum(shares, Fraction()))
    parts = apportion(total, shares)
    assert sum(parts) == total
    whole = sum(shares, Fraction())
    assert all(abs(part - total * share / whole) < 1 for part, share in zip(parts, shares, strict=True) if whole)


@given(st.lists(st.fractions(min_value=0), max_size=8))
def test_values_over_one_denominator_are_the_same_values(values: list[Fraction]) -> None:
    numerators, denominator = over_one_denominator(values)
    assert [Fraction(each, denominator) for each in numerators] == values
