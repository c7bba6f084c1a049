"""The parameters of a schema become groups, fields and rules."""

import pytest

from tests.unit.tools.import_pipeline.schemas import DRAFT_7, DRAFT_2020, METHOD, Json, params_schema
from tools.import_pipeline.fields import CannotExpressError
from tools.import_pipeline.params import ImportedParams, read_params


def facts_of(found: ImportedParams, name: str) -> Json:
    return next(param for group in found.groups for param in group["params"] if param["name"] == name)


@pytest.mark.parametrize("dialect", [DRAFT_7, DRAFT_2020])
def test_groups_keep_their_texts_and_their_order(dialect: str) -> None:
    groups = read_params(params_schema(dialect)).groups
    assert [(group["name"], group["title"], group.get("help")) for group in groups] == [
        ("method", "Method", "How it is done.\n\nIn detail."),
        ("other_parameters", "Other parameters", None),
    ]


def test_parameters_set_by_sluice_and_unreferenced_groups_are_omitted() -> None:
    names = {param["name"] for group in read_params(params_schema()).groups for param in group["params"]}
    assert names == METHOD["properties"].keys() - {"input", "outdir", "help"} | {"loose"}


def test_a_parameter_keeps_its_texts_values_and_default() -> None:
    assert facts_of(read_params(params_schema()), "caller") == {
        "name": "caller",
        "type": "string",
        "enum": ["fast", "slow"],
        "title": "Which caller finds variants.",
        "help": "Slow ones find more.",
        "default": "fast",
    }


def test_a_required_parameter_with_a_default_is_not_required() -> None:
    found = read_params(params_schema())
    required = [param["name"] for group in found.groups for param in group["params"] if param.get("required")]
    assert required == ["species"]


def test_a_pattern_that_may_backtrack_forever_becomes_a_rule() -> None:
    found = read_params(params_schema())
    assert "pattern" not in facts_of(found, "tools")
    assert {"properties": {"tools": {"pattern": "^((fast|slow)?,?)*$"}}} in found.rules["allOf"]


def test_rules_include_the_definitions_that_they_refer_to() -> None:
    schema = params_schema(anyOf=[{"$ref": "#/$defs/unused"}])
    assert read_params(schema).rules["$defs"] == schema["$defs"]


def test_ranges_and_hidden_flags_are_kept() -> None:
    depth = facts_of(read_params(params_schema()), "depth")
    assert (depth["minimum"], depth["maximum"], depth["default"], depth["hidden"]) == (1, 500, 30, True)


def test_several_types_and_values_without_a_type_are_kept() -> None:
    found = read_params(params_schema())
    assert (facts_of(found, "title")["type"], facts_of(found, "title")["other_types"]) == ("string", ["integer"])
    assert (facts_of(found, "mode")["type"], facts_of(found, "mode")["other_types"]) == ("string", ["number"])
    assert (facts_of(found, "step")["type"], facts_of(found, "step")["enum"]) == ("integer", [1, 2, 3])


def test_other_keywords_remain_as_rules() -> None:
    assert read_params(params_schema()).rules["allOf"] == [
        {"properties": {"tools": {"pattern": "^((fast|slow)?,?)*$"}}},
        {"properties": {"share": {"exclusiveMinimum": 0, "multipleOf": 0.5}}},
        {"properties": {"title": {"minLength": 2, "errorMessage": "No spaces."}}},
        {"properties": {"mode": {"oneOf": METHOD["properties"]["mode"]["oneOf"]}}},
        {"if": METHOD["if"], "then": METHOD["then"]},
    ]


def test_top_level_rules_and_draft_07_dependencies_are_kept() -> None:
    schema = params_schema(
        DRAFT_7, dependencies={"depth": ["caller"], "share": {"required": ["keep"]}}, oneOf=[{"required": ["caller"]}]
    )
    assert read_params(schema).rules["allOf"][-1] == {
        "oneOf": [{"required": ["caller"]}],
        "dependentRequired": {"depth": ["caller"]},
        "dependentSchemas": {"share": {"required": ["keep"]}},
    }


def test_an_invalid_default_or_pattern_is_omitted_with_a_note() -> None:
    found = read_params(params_schema())
    assert "default" not in facts_of(found, "table")
    assert "pattern" not in facts_of(found, "size")
    assert [note.partition(":")[0] for note in found.notes] == ["step", "table", "size"]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "object"}, "has the type object, .*WITHOUT=loose"),
        ({"type": ["array", "string"]}, "has the type array"),
        ({"type": "null"}, "allows only null"),
        (True, "may have any value"),
        ({"type": "string", "pattern": "\\p{L}"}, r"has the pattern \\p\{L\}, which Python cannot parse"),
    ],
)
def test_an_unsupported_parameter_is_refused_with_the_reason(schema: Json, message: str) -> None:
    given = params_schema(properties={"loose": schema}, required=["loose"])
    with pytest.raises(CannotExpressError, match=message):
        read_params(given)
    assert len(read_params(given, without={"loose"}).groups) == 1


def test_a_parameter_that_no_run_can_send_is_left_out_with_a_note_if_it_need_not_be_sent() -> None:
    found = read_params(params_schema(properties={"loose": {"type": "object"}}))
    assert "loose" not in {param["name"] for group in found.groups for param in group["params"]}
    assert any("left out a parameter: loose has the type object" in note for note in found.notes)


def test_a_reference_to_a_missing_group_is_refused() -> None:
    with pytest.raises(CannotExpressError, match="refers to #/definitions/gone"):
        read_params(params_schema(allOf=[{"$ref": "#/definitions/gone"}]))
