"""The kinds of facts."""

from dataclasses import FrozenInstanceError

import pytest

from common.domain.nextflow.log.facts import Goodbye


def test_a_fact_cannot_be_changed() -> None:
    fact = Goodbye(offset=7, at=None)

    with pytest.raises(FrozenInstanceError):
        fact.offset = 8  # type: ignore[misc]


def test_facts_of_different_kinds_with_equal_fields_differ() -> None:
    assert Goodbye(offset=7, at=None) == Goodbye(offset=7, at=None)
    assert Goodbye(offset=7, at=None) != Goodbye(offset=8, at=None)
