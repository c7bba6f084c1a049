"""Rules that span fields are told in words that say what to do."""

from typing import Any

import pytest

from common.domain.pipelines.sheet.cross_cell_rules import Use
from common.services.pipelines.schema_rules import SchemaRules, condition


def told(schema: dict[str, Any], **values: object) -> list[tuple[str | None, str]]:
    return list(SchemaRules(schema).complaints(values))


def test_without_rules_everything_fits() -> None:
    assert told({}, a=1) == []


def test_what_fits_brings_no_complaint() -> None:
    assert told({"dependentRequired": {"a": ["b"]}}, b=1) == []


def test_what_another_field_needs_is_told_with_it() -> None:
    assert told({"dependentRequired": {"a": ["b"], "c": ["b"]}}, a=1) == [
        ("b", "is needed because a is given; give it")
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"properties": {"a": {"const": "x"}}}, "a is 'x'"),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, "a is 'x' or 'y'"),
        ({"required": ["a"]}, "a is given"),
    ],
)
def test_what_a_condition_needs_is_told_with_the_condition(rule: dict[str, Any], why: str) -> None:
    schema = {"allOf": [{"if": rule, "then": {"required": ["b"]}}]}
    assert told(schema, a="x") == [("b", f"is needed because {why}; give it")]


def test_alternatives_are_listed() -> None:
    either = [{"required": ["a"]}, {"required": ["b", "c"]}]
    assert told({"anyOf": either}) == [(None, "at least one must hold: a is given; or b and c are given")]
    assert told({"oneOf": either}, a=1, b=1, c=1) == [(None, "exactly one must hold: a is given; or b and c are given")]


def test_what_may_not_be_together_is_told() -> None:
    assert told({"not": {"required": ["a", "b"]}}, a=1, b=2) == [(None, "this may not be together: a and b are given")]


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        ({"minLength": 3}, "ab", "must have at least 3 characters"),
        ({"maxLength": 1}, "ab", "must have at most 1 characters"),
        ({"exclusiveMinimum": 0}, 0, "must be more than 0"),
        ({"exclusiveMaximum": 1}, 1, "must be less than 1"),
        ({"multipleOf": 5}, 7, "must be a multiple of 5"),
        ({"const": False}, "x", "must be False together with these other values"),
        ({"enum": ["m", "n"]}, "x", "must be m or n together with these other values"),
        ({"pattern": "^x"}, "y", "must match the pattern ^x"),
        ({"minimum": 2}, 1, "must be at least 2"),
        ({"maximum": 2}, 3, "must be at most 2"),
        ({"type": "string"}, 3, "breaks the pipeline's rule type: 'string'"),
    ],
)
def test_a_rule_of_one_field_names_it(rule: dict[str, Any], value: object, sentence: str) -> None:
    assert told({"properties": {"a": rule}}, a=value) == [("a", sentence)]


def test_the_schemas_own_words_go_first() -> None:
    schema = {"properties": {"a": {"minLength": 3, "errorMessage": " Give the whole name. "}}}
    assert told(schema, a="b") == [("a", "Give the whole name.")]


def test_conditions_read_as_sentences() -> None:
    schema = {"allOf": [{"required": ["a"]}, {"not": {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}}]}
    assert condition(schema) == "a is given and it is not so that b is given or c is given"
    assert condition(True) == "another rule of the pipeline"
    assert condition({"properties": {"a": {"pattern": "^x"}, "b": {"type": "string"}}}) == "a matches ^x"


def test_choices_of_one_value_read_as_values() -> None:
    either = [
        {"type": "string", "pattern": "^a"},
        {"type": "boolean", "const": False},
        {"type": "number", "minimum": 0},
    ]
    sentence = "exactly one must hold: text that matches ^a; or False; or a number of at least 0"
    assert told({"properties": {"a": {"oneOf": either}}}, a="x") == [("a", sentence)]


def test_rules_tell_which_fields_they_read_and_which_they_only_ask_for() -> None:
    rules = SchemaRules(
        {
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
            "dependentRequired": {"c": ["d"]},
            "if": {"properties": {"b": {"const": 1}}},
        }
    )
    assert [rules.use_of(field) for field in "abcde"] == [
        Use.PRESENCE,
        Use.VALUE,
        Use.PRESENCE,
        Use.PRESENCE,
        Use.NOTHING,
    ]


def test_rules_about_fields_that_they_do_not_name_read_all() -> None:
    assert SchemaRules({"patternProperties": {"^x": {"minLength": 1}}}).use_of("a") == Use.VALUE
