"""The choice of seeds, and the report."""

from chaos.__main__ import FIXED_SEEDS, in_words, seeds_of


def test_fixed_seeds_come_first_and_the_others_are_random() -> None:
    seeds = seeds_of(5)
    assert tuple(seeds[:2]) == FIXED_SEEDS
    assert len(set(seeds)) == 5


def test_one_trial_uses_the_first_fixed_seed() -> None:
    assert seeds_of(1) == [FIXED_SEEDS[0]]


def test_faults_are_reported_with_their_counts() -> None:
    assert in_words({"late children": 12, "torn copies": 0}) == "12 late children, 0 torn copies"
