"""The kinds of facts."""

from common.domain.nextflow.log.facts import Goodbye, LogFact


def test_facts_of_different_kinds_with_equal_fields_differ() -> None:
    assert Goodbye(offset=7, at=None) == Goodbye(offset=7, at=None)
    assert Goodbye(offset=7, at=None) != Goodbye(offset=8, at=None)
    assert Goodbye(offset=7, at=None) != LogFact(offset=7, at=None)


def test_equal_facts_have_the_same_hash() -> None:
    assert len({Goodbye(offset=7, at=None), Goodbye(offset=7, at=None)}) == 1
