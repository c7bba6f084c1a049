"""Which patterns of pipelines are left to Python's re."""

import re

import pytest

from tools.import_pipeline.patterns import needs_linear_time


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\S+\.f(ast)?q\.gz$",
        r"^(10XV[1-4]|(?!10)\S.*)$",
        r"^[A-Z]{3}$",
        r"\.(csv|tsv|txt)$",
        r"^\S+$",
        r"^a{500}b",
    ],
)
def test_a_pattern_with_one_unbounded_character_behind_its_anchor_is_linear(pattern: str) -> None:
    assert needs_linear_time(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^((fast|slow)?,?)*$",
        r"^(\w+\.)*b$",
        r"^\d+(\.\d+)?B$",
        r"\S+\.bam$",
        r"^\S+\.bam$|\s+x",
        r"^(a*)b\1$",
        r"^(a{0,99}){0,99}b",
        r"^(a|a){30}b",
        r"^a?a?a?a?a?a?a?aaaaaaab",
        r"^a{0,50}a{0,50}a{0,50}b",
        r"^(?=(a|a){30}b)a",
        r"^(?>(a|a){30}b)",
    ],
)
def test_a_pattern_that_may_match_in_many_ways_is_not(pattern: str) -> None:
    assert not needs_linear_time(pattern)


def test_a_pattern_that_python_cannot_read_is_reported() -> None:
    with pytest.raises(re.error):
        needs_linear_time(r"\p{L}")
