import pytest

from common.domain.diagnosis_rules import RULES, CauseClass, Place, Statement, proof_in


def said(place: Place, text: str) -> Statement:
    return Statement(place, text, "nextflow.log", 0)


@pytest.mark.parametrize("cause", set(CauseClass) - {CauseClass.UNKNOWN})
def test_every_cause_can_be_proved(cause: CauseClass) -> None:
    assert cause in {rule.cause for rule in RULES}


def test_nothing_proves_that_the_cause_is_unknown() -> None:
    assert CauseClass.UNKNOWN not in {rule.cause for rule in RULES}


def test_the_more_specific_rule_decides_whatever_is_said_first() -> None:
    statements = [said(Place.EXIT, "1"), said(Place.COMMAND, "std::bad_alloc")]
    assert proof_in(statements, 1) == (CauseClass.OUT_OF_MEMORY, statements[1])


def test_words_count_only_where_they_mean_something() -> None:
    assert proof_in([said(Place.COMMAND, "Script compilation error")], None) is None


@pytest.mark.parametrize("exit_code", [None, 0, 1])
def test_a_rule_for_an_exit_status_needs_it(exit_code: int | None) -> None:
    assert proof_in([said(Place.COMMAND, "7 Killed  STAR")], exit_code) is None


def test_no_statement_proves_nothing() -> None:
    assert proof_in([], 1) is None
