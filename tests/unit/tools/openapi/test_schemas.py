"""Models become schemas of OpenAPI 3.0, which knows no type null, no const and one example only."""

from datetime import datetime
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from common.schemas.pipelines import PipelineSchema
from tools.openapi.schemas import component_schemas, in_openapi, model_named, reference


class Inner(BaseModel):
    title: str


class Model(BaseModel):
    """What is said of it."""

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
    "inner": {"anyOf": [INNER, NULL]},
    "value": {"anyOf": [{"type": "string", "nullable": True}, {"type": "number"}]},
    "things": {"type": "array", "items": INNER},
    "by_name": {"type": "object", "additionalProperties": {"anyOf": [INNER, NULL]}},
    "pipeline": {"type": "string", "default": "x", "example": "nf-core/scrnaseq"},
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_becomes(name: str) -> None:
    assert component_schemas([], [Model])["Model"]["properties"][name] == FIELDS[name]


def test_a_field_may_be_called_like_a_keyword() -> None:
    assert component_schemas([], [Model])["Inner"]["properties"] == {"title": {"type": "string"}}


def test_a_docstring_is_the_description() -> None:
    assert component_schemas([], [Model])["Model"]["description"] == "What is said of it."


def test_an_answer_has_all_its_fields_and_a_request_only_those_it_must_have() -> None:
    must = {"kind", "things", "by_name"}
    assert set(component_schemas([Model], [])["Model"]["required"]) == must
    assert set(component_schemas([], [Model])["Model"]["required"]) == set(Model.model_fields)


@pytest.mark.parametrize("schema", [True, {}, {"type": "string"}])
def test_what_openapi_knows_is_left_as_it_is(schema: Any) -> None:  # noqa: ANN401 any schema
    assert in_openapi(schema) == schema


def test_a_model_is_found_by_its_name() -> None:
    assert model_named("PipelineSchema") is PipelineSchema
    with pytest.raises(KeyError):
        model_named("NoSuchModel")


def test_a_model_is_referred_to_and_any_other_type_is_an_object() -> None:
    assert reference(Inner) == INNER
    assert reference(dict) == {"type": "object"}
