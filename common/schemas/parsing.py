"""Turns the JSON of a request into a model, or into faults that people understand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from pydantic import ValidationError as PydanticError
from pydantic_core import ErrorDetails

from common.domain.text.storable import SURROGATE_FOUND
from common.domain.text.wording import did_you_mean
from common.errors import Fault, ValidationError
from common.schemas.texts import PLAIN_WORDS

_Model = TypeVar("_Model", bound=BaseModel)

MOST_FAULTS: Final = 100
_IN_WORDS: Final = {
    "missing": "is required",
    "string_type": "must be text",
    "string_unicode": SURROGATE_FOUND,
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "too_long": "must have at most {max_length} entries",
    "dict_type": "must be an object",
    "model_type": "must be an object",
}


def parse(model: type[_Model], payload: Mapping[str, Any]) -> _Model:
    """`payload` (decoded JSON) as a `model`, without type conversion. Raises ValidationError, MOST_FAULTS at most."""
    try:
        return model.model_validate(payload, strict=True)
    except PydanticError as error:
        details = error.errors(include_url=False, include_input=False)
        faults = [_fault(model, detail) for detail in details[:MOST_FAULTS]]
        if left_out := len(details) - len(faults):
            faults.append(Fault(field="body", message=f"has {left_out:,} more errors like these"))
        raise ValidationError(faults) from None


def _fault(model: type[BaseModel], detail: ErrorDetails) -> Fault:
    path = [str(part) for part in detail["loc"]]
    if path[-1:] == ["[key]"] and detail["type"] != "extra_forbidden":  # pydantic marks a fault in a key with it
        path.pop()
    return Fault(field=".".join(map(_printable, path)) or "body", message=_message(model, detail, path))


def _message(model: type[BaseModel], detail: ErrorDetails, path: list[str]) -> str:
    if detail["type"] == PLAIN_WORDS:
        return detail["msg"]
    if detail["type"] == "extra_forbidden":
        return f"is not a field of this request{did_you_mean(path[-1], _model_at(model, path).model_fields)}"
    if detail["type"] == "string_pattern_mismatch":
        return f"must look like {_example(model, path)}"
    template = _IN_WORDS.get(detail["type"], "is not valid")
    return template.format_map(detail.get("ctx", {}))


def _example(model: type[BaseModel], path: Sequence[str]) -> str:
    field = _model_at(model, path).model_fields.get(path[-1] if path else "")
    return str(next(iter(field.examples or []), "the example")) if field else "the example"


def _model_at(model: type[BaseModel], path: Sequence[str]) -> type[BaseModel]:
    """The model with the field at the end of `path`, or the last model on the way to it."""
    for name in path[:-1]:
        inner = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return model
        model = inner
    return model


def _printable(name: str) -> str:
    return name if name and name.isprintable() and len(name) <= 100 else ascii(name[:100])
