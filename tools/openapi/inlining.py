"""Writes a model that may be null in its place, since no reference to it can say so to all readers.

Beside `$ref` OpenAPI 3.0 ignores `nullable`. For `anyOf: [reference, null]` orval writes an empty type, and with
`allOf: [reference]` validators refuse null.
"""

from collections.abc import Iterator
from typing import Any, Final

from tools.openapi.schemas import Json

_SCHEMAS: Final = "#/components/schemas/"


def with_inline_nulls(document: Json) -> Json:
    """The document without references that may be null, and without the models to which no others are left."""
    schemas = document["components"]["schemas"]
    inlined: Json = _inlined(document, schemas)
    for name in schemas.keys() - set(_references_in(inlined)):
        del inlined["components"]["schemas"][name]
    return inlined


def _inlined(part: Any, schemas: Json) -> Any:  # noqa: ANN401 any JSON
    if isinstance(part, list):
        return [_inlined(inner, schemas) for inner in part]
    if not isinstance(part, dict):
        return part
    if name := _nullable_model(part):
        own = {word: value for word, value in part.items() if word != "anyOf"}
        part = {**schemas[name], **own}
    return {word: _inlined(inner, schemas) for word, inner in part.items()}


def _nullable_model(schema: Json) -> str | None:
    """The model of a schema that `in_openapi` wrote for `Model | None`."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list) or not any(choice.get("enum") == [None] for choice in choices):
        return None
    (reference,) = (choice["$ref"] for choice in choices if "$ref" in choice)
    return str(reference).removeprefix(_SCHEMAS)


def _references_in(part: Any) -> Iterator[str]:  # noqa: ANN401 any JSON
    """The models that a part refers to."""
    if isinstance(part, list):
        for inner in part:
            yield from _references_in(inner)
    elif isinstance(part, dict):
        for word, inner in part.items():
            if word == "$ref" and isinstance(inner, str):
                yield inner.removeprefix(_SCHEMAS)
            else:
                yield from _references_in(inner)
