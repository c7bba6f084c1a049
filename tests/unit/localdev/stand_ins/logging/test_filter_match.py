"""Comparisons of one field of an entry with one value."""

import pytest

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.logging.filter_match import compare, mentions

ENTRY = {
    "severity": "ERROR",
    "jsonPayload": {"exit": 9, "late": False, "steps": [{"name": "ALIGN"}, {"name": "COUNT"}]},
}


def test_numbers_are_compared_as_numbers_and_other_values_as_text() -> None:
    assert compare(["jsonPayload", "exit"], "<", "10")(ENTRY)
    assert not compare(["jsonPayload", "exit"], "<", "1x")(ENTRY)


def test_severities_are_compared_by_rank() -> None:
    assert compare(["severity"], ">", "warning")(ENTRY)
    assert not compare(["severity"], ">", "600")(ENTRY)


def test_a_list_matches_when_one_member_does() -> None:
    assert compare(["jsonPayload", "steps", "name"], "=", "count")(ENTRY)
    assert not compare(["jsonPayload", "steps", "name"], "=", "trim")(ENTRY)


@pytest.mark.parametrize("sign", ["=", "!=", "<", ">", ":", "=~", "!~"])
def test_an_absent_field_never_matches(sign: str) -> None:
    assert not compare(["jsonPayload", "absent"], sign, "x")(ENTRY)


def test_a_false_value_counts_as_present() -> None:
    assert compare(["jsonPayload", "late"], ":", "*")(ENTRY)
    assert compare(["jsonPayload", "late"], "=", "false")(ENTRY)


@pytest.mark.parametrize("path", [["task_id"], ["payload", "x"]])
def test_an_unknown_field_is_refused(path: list[str]) -> None:
    with pytest.raises(ServiceError, match="Field not found"):
        compare(path, "=", "x")


def test_a_text_is_searched_in_all_values() -> None:
    assert mentions("align")(ENTRY)
    assert not mentions("exit")(ENTRY)  # a name, not a value
