"""The seeds of a series of trials."""

from chaos.__main__ import FIXED_SEEDS, seeds_of


def test_the_fixed_seeds_come_first_and_the_others_are_fresh() -> None:
    seeds = seeds_of(5)
    assert tuple(seeds[:2]) == FIXED_SEEDS
    assert len(set(seeds)) == 5


def test_one_seed_is_a_fixed_one() -> None:
    assert seeds_of(1) == [FIXED_SEEDS[0]]
