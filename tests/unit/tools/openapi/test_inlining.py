"""What a model that may be null becomes."""

from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from tools.openapi.inlining import with_inline_nulls
from tools.openapi.schemas import in_openapi

NULL = {"type": "null"}
ONCE, TWICE = ({"$ref": f"#/components/schemas/{name}"} for name in ("Once", "Twice"))


def published(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 any schemas
    """The schemas of a document whose answer has these fields."""
    models = {
        "Answer": {"type": "object", "required": list(fields), "properties": fields},
        "Once": {"type": "object", "required": ["twice"], "properties": {"twice": {"anyOf": [TWICE, NULL]}}},
        "Twice": {"type": "object", "description": "The model.", "properties": {"n": {"type": "integer"}}},
    }
    schemas = {name: in_openapi(model) for name, model in models.items()}
    answer = {"schema": {"$ref": "#/components/schemas/Answer"}}
    found: dict[str, Any] = with_inline_nulls({"paths": {"/x": answer}, "components": {"schemas": schemas}})
    named: dict[str, Any] = found["components"]["schemas"]
    return named


def test_a_model_that_may_be_null_everywhere_is_copied_there() -> None:
    schemas = published(once={"anyOf": [ONCE, NULL]})
    inner = {"type": "object", "description": "The model.", "nullable": True}
    once = schemas["Answer"]["properties"]["once"]
    assert schemas.keys() == {"Answer"}
    assert (once["nullable"], once["required"]) == (True, ["twice"])
    assert once["properties"]["twice"] == {**inner, "properties": {"n": {"type": "integer"}}}


def test_a_model_that_is_also_referred_to_keeps_its_name_for_itself() -> None:
    schemas = published(twice=TWICE, other={"anyOf": [TWICE, NULL]}, once={"anyOf": [ONCE, NULL]})
    assert schemas.keys() == {"Answer", "Twice"}
    assert schemas["Answer"]["properties"]["twice"] == TWICE
    assert schemas["Answer"]["properties"]["other"] == {**schemas["Twice"], "nullable": True}


def test_a_description_beside_the_reference_wins() -> None:
    schemas = published(other={"anyOf": [TWICE, NULL], "description": "Another."}, once=ONCE)
    assert schemas["Answer"]["properties"]["other"]["description"] == "Another."


@pytest.mark.parametrize(
    ("value", "fits"), [(None, True), ({"twice": None}, True), ({"twice": {"n": 1}}, True), (1, False)]
)
def test_null_and_the_model_fit_and_nothing_else(value: object, *, fits: bool) -> None:
    schemas = published(once={"anyOf": [ONCE, NULL]})
    validator = OAS30Validator({**schemas["Answer"], "components": {"schemas": schemas}})
    assert validator.is_valid({"once": value}) == fits
