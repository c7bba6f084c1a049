"""Turns the models of common.schemas into schemas of OpenAPI 3.0, which is an older dialect than pydantic writes."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from common import schemas
from common.web.describing import Model

Json = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/{model}"
# Keywords of JSON Schema that OpenAPI 3.0 does not have, or that only repeat a name.
_DROPPED: Final = {"title", "examples", "const", "propertyNames"}


class _AnswersWhole(GenerateJsonSchema):
    """Requires of an answer all the fields that its model has, because none is ever left out."""

    def field_is_required(
        self, field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField, total: bool
    ) -> bool:
        return self.mode == "serialization" or super().field_is_required(field, total)


def model_named(model: Model) -> type[Any]:
    """The model itself, where only its name in common.schemas is given. Raises KeyError."""
    return model if isinstance(model, type) else _models_by_name()[model]


def component_schemas(requests: Iterable[type[BaseModel]], answers: Iterable[type[BaseModel]]) -> Json:
    """The schemas of all models and of what they hold, by name. In answers every field is present."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    wanted += [(model, "validation") for model in requests]
    wanted += [(model, "serialization") for model in answers]
    _, definitions = models_json_schema(wanted, ref_template=_REFERENCE, schema_generator=_AnswersWhole)
    return {name: in_openapi(schema) for name, schema in sorted(definitions["$defs"].items())}


def reference(model: type[Any]) -> Json:
    """What stands for a model where it is used; models that are no BaseModel have no fields worth naming."""
    return {"$ref": _REFERENCE.format(model=model.__name__)} if issubclass(model, BaseModel) else {"type": "object"}


def in_openapi(schema: Any) -> Any:  # noqa: ANN401 a schema may be `true`
    """A JSON schema in the words of OpenAPI 3.0."""
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
    """The schema with all that it holds translated too."""
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
    """`nullable` in place of the type null, which OpenAPI 3.0 does not have."""
    choices = schema.get("anyOf", [])
    others = [choice for choice in choices if choice != {"type": "null"}]
    if len(others) == len(choices):
        return schema
    rest = {word: value for word, value in schema.items() if word != "anyOf"}
    if len(others) > 1:
        others[0] = {**others[0], "nullable": True}  # it is about the type beside it, and there is none beside anyOf
        return {"anyOf": others} | rest
    if "$ref" in others[0]:  # `nullable` beside a reference does not reach into what it stands for
        return {"anyOf": [*others, {"type": "object", "nullable": True, "enum": [None]}]} | rest
    if "enum" in others[0]:
        others[0]["enum"] = [*others[0]["enum"], None]
    return {**others[0], "nullable": True, **rest}


def _models_by_name() -> dict[str, type[BaseModel]]:
    modules = [
        importlib.import_module(f"{schemas.__name__}.{found.name}") for found in pkgutil.iter_modules(schemas.__path__)
    ]
    named = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {model.__name__: model for model in named if issubclass(model, BaseModel)}
