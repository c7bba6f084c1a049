"""Models become OpenAPI 3.0 schemas, which have no null type, no const and only one example."""

from datetime import datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from common.schemas.pipelines.registered import PipelineSchema
from tools.openapi.document import document
from tools.openapi.schemas import component_schemas, in_openapi, model_named, reference


class Inner(BaseModel):
    title: str


class Model(BaseModel):
    """The description."""

    at: datetime | None = None
    kind: Literal["a"]
    choice: Literal["a", "b"] | None = None
    inner: Inner | None = None
    value: str | float | None = None
    things: list[Inner]
    by_name: dict[str, Inner | None]
    pipeline: str = Field("x", examples=["nf-core/scrnaseq", "nf-core/rnaseq"])


NULL = {"type": "object", "nullable": True, "enum": [None]}
INNER = {"$ref": "#/components/schemas/Inner"}
FIELDS = {
    "at": {"type": "string", "format": "date-time", "nullable": True},
    "kind": {"type": "string", "enum": ["a"]},
    "choice": {"type": "string", "enum": ["a", "b", None], "nullable": True},
    "inner": {"type": "object", "nullable": True, "anyOf": [INNER, NULL]},
    "value": {},
    "things": {"type": "array", "items": INNER},
    "by_name": {"type": "object", "additionalProperties": {"type": "object", "nullable": True, "anyOf": [INNER, NULL]}},
    "pipeline": {"type": "string", "default": "x", "example": "nf-core/scrnaseq"},
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_converted(name: str) -> None:
    assert component_schemas([], [Model])["Model"]["properties"][name] == FIELDS[name]


def test_a_field_may_have_the_name_of_a_keyword() -> None:
    assert component_schemas([], [Model])["Inner"]["properties"] == {"title": {"type": "string"}}


def test_a_docstring_is_the_description() -> None:
    assert component_schemas([], [Model])["Model"]["description"] == "The description."


def test_answers_require_all_fields_and_requests_only_the_required_ones() -> None:
    must = {"kind", "things", "by_name"}
    assert set(component_schemas([Model], [])["Model"]["required"]) == must
    assert set(component_schemas([], [Model])["Model"]["required"]) == set(Model.model_fields)


@pytest.mark.parametrize("schema", [True, {}, {"type": "string"}])
def test_keywords_of_openapi_are_kept(schema: Any) -> None:  # noqa: ANN401 any schema
    assert in_openapi(schema) == schema


def test_a_model_is_found_by_its_name() -> None:
    assert model_named("PipelineSchema") is PipelineSchema
    with pytest.raises(KeyError):
        model_named("NoSuchModel")


def test_a_model_becomes_a_reference_and_any_other_type_an_object() -> None:
    assert reference(Inner) == INNER
    assert reference(dict) == {"type": "object"}


def test_a_model_of_requests_and_answers_has_one_name_and_what_both_have_to_have() -> None:
    schemas = component_schemas([Model], [Model])
    assert schemas.keys() == {"Inner", "Model"}
    assert set(schemas["Model"]["required"]) == {"kind", "things", "by_name"}
    assert schemas["Model"]["properties"]["things"]["items"] == INNER


def test_nullable_stands_beside_a_type_wherever_it_is() -> None:
    """Validators and linters refuse it elsewhere, and code generators do not see it in an inner schema."""

    def lonely(schema: Any) -> list[Any]:  # noqa: ANN401 any JSON
        if isinstance(schema, list):
            return [found for inner in schema for found in lonely(inner)]
        if not isinstance(schema, dict):
            return []
        own = [schema] if schema.get("nullable") is True and "type" not in schema else []
        return own + [found for inner in schema.values() for found in lonely(inner)]

    assert lonely(document()["components"]["schemas"]) == []
