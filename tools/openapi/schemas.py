"""Turns the models of common.schemas into OpenAPI 3.0 schemas, an older dialect than the one pydantic writes."""

import importlib
import json
import pkgutil
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from common import schemas
from common.web.describing import Model

Json = dict[str, Any]

_REQUESTED, _ANSWERED = "-Input", "-Output"  # what pydantic adds to the names of a model in both
_REFERENCE: Final = "#/components/schemas/{model}"
# Keywords of JSON Schema that OpenAPI 3.0 does not have, or that only repeat a name.
_DROPPED: Final = {"title", "examples", "const", "propertyNames"}


class _AnswersWhole(GenerateJsonSchema):
    """Marks all fields of an answer as required, because answers never omit a field."""

    def field_is_required(
        self, field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField, total: bool
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)


def model_named(model: Model) -> type[Any]:
    """A model, or the model in common.schemas with this name. Raises KeyError."""
    return model if isinstance(model, type) else _models_by_name()[model]


def component_schemas(requests: Iterable[type[BaseModel]], answers: Iterable[type[BaseModel]]) -> Json:
    """The schemas of all models and of the models inside them, by name. Answers have every field."""
    requested: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    requested += [(model, "validation") for model in requests]
    requested += [(model, "serialization") for model in answers]
    _, definitions = models_json_schema(requested, ref_template=_REFERENCE, schema_generator=_AnswersWhole)
    schemas = {name: in_openapi(schema) for name, schema in definitions["$defs"].items()}
    return _with_one_name(dict(sorted(schemas.items())))


def _with_one_name(schemas: Json) -> Json:
    """One schema for a model of requests and answers, which has the fields that both have to have."""
    twice = [name.removesuffix(_REQUESTED) for name in schemas if name.endswith(_REQUESTED)]
    written = json.dumps(schemas)
    for name in twice:
        for ending in (_REQUESTED, _ANSWERED):
            written = written.replace(f'/{name}{ending}"', f'/{name}"')
    renamed = {name.removesuffix(_REQUESTED): schema for name, schema in json.loads(written).items()}
    return {name: schema for name, schema in renamed.items() if not name.endswith(_ANSWERED)}


def reference(model: type[Any]) -> Json:
    """A reference to a pydantic model; a plain object schema for any other type."""
    return {"$ref": _REFERENCE.format(model=model.__name__)} if issubclass(model, BaseModel) else {"type": "object"}


def in_openapi(schema: Any) -> Any:  # noqa: ANN401 a schema may be `true`
    """A JSON schema as an OpenAPI 3.0 schema."""
    if not isinstance(schema, dict):
        return schema
    kept = {word: value for word, value in schema.items() if word not in _DROPPED}
    if "const" in schema:
        kept["enum"] = [schema["const"]]
    if schema.get("examples"):
        kept["example"] = schema["examples"][0]
    if kept.get("default", 0) is None:
        del kept["default"]
    return _with_null(_with_inner(kept))


def _with_inner(schema: Json) -> Json:
    """The schema with the schemas inside it converted too."""
    for word in ("items", "additionalProperties"):
        if word in schema:
            schema[word] = in_openapi(schema[word])
    for word in ("anyOf", "allOf", "oneOf"):
        if word in schema:
            schema[word] = [in_openapi(inner) for inner in schema[word]]
    if "properties" in schema:
        schema["properties"] = {name: in_openapi(inner) for name, inner in schema["properties"].items()}
    return schema


def _with_null(schema: Json) -> Json:
    """`nullable` in place of the type null, which OpenAPI 3.0 does not have, where code generators look for it."""
    choices = schema.get("anyOf", [])
    others = [choice for choice in choices if choice != {"type": "null"}]
    if len(others) == len(choices):
        return schema
    rest = {word: value for word, value in schema.items() if word != "anyOf"}
    if len(others) > 1:  # any value: `nullable` needs one type beside it
        return rest
    null = {"type": "object", "nullable": True}
    if "$ref" in others[0]:  # beside a reference all other words are ignored
        return {**null, "anyOf": [*others, {**null, "enum": [None]}], **rest}
    if "enum" in others[0]:
        others[0]["enum"] = [*others[0]["enum"], None]
    return {**others[0], "nullable": True, **rest}


def _models_by_name() -> dict[str, type[BaseModel]]:
    modules = [
        importlib.import_module(found.name) for found in pkgutil.walk_packages(schemas.__path__, f"{schemas.__name__}.")
    ]
    named = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {model.__name__: model for model in named if issubclass(model, BaseModel)}
