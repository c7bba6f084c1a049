"""Makes the records of the models from the JSON of answers. Fields that a newer service added are left in `raw`."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sluice.errors import UnavailableError

Json = dict[str, Any]
Convert = Callable[[Any, set[str]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One object of the API; `raw` is its JSON with every field, also those that this client does not know."""

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


RecordT = TypeVar("RecordT", bound=Record)


def decode(kind: type[RecordT], value: object, unknown: set[str]) -> RecordT:
    """The record of `kind` in `value`. Adds the names of fields that `kind` does not have to `unknown`.

    Raises UnavailableError if `value` is no object, or lacks a field: then another program answered.
    """
    if not isinstance(value, dict):
        raise UnavailableError(f"the answer has {str(value)[:100]!r} where a {kind.__name__} should be")
    converters, required = _plan_of(kind)  # type: ignore[arg-type]  # a class is hashable
    if missing := [name for name in required if name not in value]:
        raise UnavailableError(f"the answer's {kind.__name__} lacks {', '.join(missing)}; is the address Sluice's?")
    unknown.update(f"{kind.__name__}.{name}" for name in value if name not in converters)
    try:
        found = {name: convert(value[name], unknown) for name, convert in converters.items() if name in value}
    except (TypeError, ValueError, AttributeError) as error:
        raise UnavailableError(f"the answer's {kind.__name__} has a field of another type: {error}") from error
    return kind(raw=value, **found)


def member(value: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401
    """A field of an answer. Raises UnavailableError if it is not there: then another program answered."""
    if name not in value:
        raise UnavailableError(f"the answer has no {name}; is the address that of a Sluice service?")
    return value[name]


@cache
def _plan_of(kind: type[Record]) -> tuple[Mapping[str, Convert], tuple[str, ...]]:
    """How to convert each field, and the fields that have no default."""
    hints = get_type_hints(kind)
    own = [one for one in fields(kind) if one.name != "raw"]
    required = [one.name for one in own if one.default is MISSING and one.default_factory is MISSING]
    return {one.name: _converter(hints[one.name]) for one in own}, tuple(required)


def _converter(hint: Any) -> Convert:  # noqa: ANN401 a type expression
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        (inner,) = [part for part in parts if part is not NoneType]
        convert = _converter(inner)
        return lambda value, unknown: None if value is None else convert(value, unknown)
    if origin is list:
        convert = _converter(parts[0])
        return lambda value, unknown: [convert(one, unknown) for one in value]
    if origin is dict:
        convert = _converter(parts[1])
        return lambda value, unknown: {name: convert(one, unknown) for name, one in value.items()}
    if hint in {datetime, date}:
        return lambda value, _unknown: hint.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return lambda value, unknown: decode(hint, value, unknown)
    return lambda value, _unknown: value
