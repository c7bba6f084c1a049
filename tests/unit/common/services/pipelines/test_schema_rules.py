"""A broken rule that spans fields is reported with what to do."""

from typing import Any

import pytest

from common.services.pipelines.schema_rules import SchemaRules, condition


def problems(schema: dict[str, Any], **values: object) -> list[tuple[str | None, str]]:
    return list(SchemaRules(schema).problems(values))


def test_valid_values_have_no_problem() -> None:
    assert problems({"dependentRequired": {"a": ["b"]}}, b=1) == []


def test_a_field_that_another_requires_is_reported_with_the_other() -> None:
    assert problems({"dependentRequired": {"a": ["b"], "c": ["b"]}}, a=1) == [
        ("b", "is required because a is given; add it")
    ]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"properties": {"a": {"const": "x"}}}, "a is 'x'"),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, "a is 'x' or 'y'"),
        ({"required": ["a"]}, "a is given"),
    ],
)
def test_a_conditionally_required_field_is_reported_with_the_condition(rule: dict[str, Any], reason: str) -> None:
    schema = {"allOf": [{"if": rule, "then": {"required": ["b"]}}]}
    assert problems(schema, a="x") == [("b", f"is required because {reason}; add it")]


def test_alternatives_are_listed() -> None:
    either = [{"required": ["a"]}, {"required": ["b", "c"]}]
    assert problems({"anyOf": either}) == [
        (None, "at least one of these must be true: a is given; or b and c are given")
    ]
    assert problems({"oneOf": either}, a=1, b=1, c=1) == [
        (None, "exactly one of these must be true: a is given; or b and c are given")
    ]


def test_a_forbidden_combination_is_reported() -> None:
    assert problems({"not": {"required": ["a", "b"]}}, a=1, b=2) == [
        (None, "this combination is not allowed: a and b are given")
    ]


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        ({"minLength": 3}, "ab", "must have at least 3 characters"),
        ({"maxLength": 1}, "ab", "must have at most 1 characters"),
        ({"exclusiveMinimum": 0}, 0, "must be more than 0"),
        ({"exclusiveMaximum": 1}, 1, "must be less than 1"),
        ({"multipleOf": 5}, 7, "must be a multiple of 5"),
        ({"const": False}, "x", "must be false with the other values given"),
        ({"enum": ["m", "n"]}, "x", "must be m or n with the other values given"),
        ({"pattern": "^x"}, "y", "must match the pattern ^x"),
        ({"minimum": 2}, 1, "must be at least 2"),
        ({"maximum": 2}, 3, "must be at most 2"),
        ({"type": "string"}, 3, "breaks the pipeline's rule type: 'string'"),
    ],
)
def test_a_rule_of_one_field_is_reported_for_that_field(rule: dict[str, Any], value: object, sentence: str) -> None:
    assert problems({"properties": {"a": rule}}, a=value) == [("a", sentence)]


def test_the_schemas_own_message_comes_first() -> None:
    schema = {"properties": {"a": {"minLength": 3, "errorMessage": " Give the whole name. "}}}
    assert problems(schema, a="b") == [("a", "Give the whole name.")]


def test_conditions_read_as_sentences() -> None:
    schema = {"allOf": [{"required": ["a"]}, {"not": {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}}]}
    assert condition(schema) == "a is given and not (b is given or c is given)"
    assert condition({"not": {"required": ["a"]}}) == "a is not given"
    assert condition({"not": {"required": ["a", "b"]}}) == "a and b are not all given"
    assert condition(True) == "another rule of the pipeline"
    assert condition({"properties": {"a": {"pattern": "^x"}, "b": {"type": "string"}}}) == "a matches ^x"


def test_choices_of_one_value_read_as_values() -> None:
    either = [
        {"type": "string", "pattern": "^a"},
        {"type": "boolean", "const": False},
        {"type": "number", "minimum": 0},
    ]
    sentence = "exactly one of these must be true: text that matches ^a; or false; or a number of at least 0"
    assert problems({"properties": {"a": {"oneOf": either}}}, a="x") == [("a", sentence)]
