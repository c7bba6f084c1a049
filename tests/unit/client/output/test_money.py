"""Amounts in words: parts add up to the total, and what is not known never looks known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.output.money import apportioned, cost_words, money_words

CENT = 10_000_000


@pytest.mark.parametrize(
    ("nano_dollars", "words"),
    [
        (0, "$0.0000"),
        (1, "< $0.0001"),
        (12_440_000, "$0.0124"),
        (999_960_000, "$1.0000"),
        (1_234_567_890, "$1.23"),
        (1_204_499_999_999, "$1,204.50"),
        (-12_010_000_000, "-$12.01"),
    ],
)
def test_an_amount_in_words(nano_dollars: int, words: str) -> None:
    assert money_words(nano_dollars) == words


def test_a_part_has_the_digits_of_its_total() -> None:
    assert money_words(5 * CENT, of=300 * CENT) == "$0.05"
    assert money_words(1, of=300 * CENT) == "< $0.01"


def test_a_cost_that_is_not_known_in_full_is_called_so() -> None:
    assert cost_words(1_230_000_000, complete=True, basis="machine") == "$1.23"
    assert cost_words(1_230_000_000, complete=False, basis="machine") == "at least $1.23"
    assert cost_words(1_230_000_000, complete=False, basis="request") == "about $1.23"
    assert cost_words(None, complete=False, basis="none") == "unknown"


@given(st.lists(st.integers(0, 10**13), min_size=1, max_size=30))
def test_parts_add_up_to_the_total_as_it_is_shown(parts: list[int]) -> None:
    total = sum(parts)
    shown = apportioned(total, parts)
    step = CENT if total >= 100 * CENT else CENT // 100
    assert sum(shown) == (total + step // 2) // step * step
    assert all(abs(one - part) <= step for one, part in zip(shown, parts, strict=True))
