"""Rules about which fields go together, written as JSON Schema, and a message for each rule that is broken.

JSON Schema 2020-12, checked by a compiled validator: required, dependentRequired, anyOf, oneOf, not, if/then/else.
Single values are checked elsewhere, with better messages; only their patterns that Python's re may need long for are
checked here. The validator searches in linear time (the regex crate of Rust), and for look-arounds, which nf-core uses
(`^((a|b)?,?)*(?<!,)$`), it gives up after MOST_ATTEMPTS; the text then counts as one that does not match.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from common.domain.text.wording import one_of, shortened

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

Schema = Mapping[str, Any]
MOST_ATTEMPTS: Final = 10_000  # of one search, a fraction of a millisecond


class SchemaRules:
    """The rules of one schema, compiled at their first use."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        from jsonschema_rs import Draft202012Validator, FancyRegexOptions  # noqa: PLC0415 most releases need no 35 ms

        return Draft202012Validator(dict(self._schema), pattern_options=FancyRegexOptions(MOST_ATTEMPTS))

    def problems(self, values: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
        """The field (None: several) and a message for each rule that `values` break."""
        if self._validator.is_valid(values):
            return
        for error in self._validator.iter_errors(values):
            yield self._field_of(error), self._own_message(error) or self._message(error, values)

    def _field_of(self, error: "ValidationError") -> str | None:
        if error.instance_path:
            return str(error.instance_path[0])
        return _missing_field(error) or _unexpected_field(error)

    def _own_message(self, error: "ValidationError") -> str | None:
        """The schema's own errorMessage, the one nearest to the broken rule."""
        for depth in range(len(error.schema_path), -1, -1):
            part = self._part(error.schema_path[:depth])
            if isinstance(part, Mapping) and "errorMessage" in part:
                return str(part["errorMessage"]).strip()
        return None

    def _message(self, error: "ValidationError", values: Mapping[str, object]) -> str:
        if missing := _missing_field(error):
            return f"is required{self._reason(missing, error.schema_path, values)}; add it"
        if _unexpected_field(error):
            return "the pipeline takes no such column; delete it or leave its cells blank"
        part, keyword = self._part(error.schema_path), str(error.schema_path[-1])
        if message := _MESSAGES.get(keyword):
            return message(part)
        return f"breaks the pipeline's rule {keyword}: {shortened(str(part), 80)}"

    def _reason(self, missing: str, path: Sequence[str | int], values: Mapping[str, object]) -> str:
        """Why a field is required, as far as the rule depends on other fields."""
        rule = self._part(path)
        if path[-1] == "dependentRequired" and isinstance(rule, Mapping):
            given = [name for name, needs in rule.items() if name in values and missing in needs]
            return f" because {one_of(given)} is given"
        if "then" in path:
            at = len(path) - 1 - list(reversed(path)).index("then")
            return f" because {condition(self._part([*path[:at], 'if']))}"
        return ""

    def _part(self, path: Sequence[str | int]) -> Any:  # noqa: ANN401 any part of a schema
        part: Any = self._schema
        for step in path:
            part = part[step]
        return part


def _missing_field(error: "ValidationError") -> str | None:
    """The required field that is missing, if that is the error."""
    return str(error.kind.as_dict()["property"]) if error.kind.name == "required" else None


def _unexpected_field(error: "ValidationError") -> str | None:
    """The first field that closed rows forbid, if that is the error."""
    if error.kind.name not in {"additionalProperties", "unevaluatedProperties"}:
        return None
    unexpected = error.kind.as_dict().get("unexpected")
    return str(unexpected[0]) if unexpected else None


def condition(schema: object) -> str:
    """A schema of some fields in words: `a and b are given`, `a is 'x' or 'y'`, `a is not given`."""
    if not isinstance(schema, Mapping):
        return _SOME_RULE
    needed = schema.get("required", [])
    clauses = [f"{' and '.join(needed)} {'is' if len(needed) == 1 else 'are'} given"] if needed else []
    clauses += filter(None, [_claim(name, rule) for name, rule in schema.get("properties", {}).items()])
    clauses += [_negation(schema["not"])] if "not" in schema else []
    clauses += [" or ".join(map(condition, schema[kind])) for kind in ("anyOf", "oneOf") if kind in schema]
    clauses += [" and ".join(map(condition, schema["allOf"]))] if "allOf" in schema else []
    return " and ".join(clauses) or _value(schema)


def _negation(schema: object) -> str:
    """The opposite of a schema in words: `a is not given`; in general `not (...)`."""
    if isinstance(schema, Mapping) and schema.keys() == {"required"}:
        names = schema["required"]
        return f"{names[0]} is not given" if len(names) == 1 else f"{' and '.join(names)} are not all given"
    return f"not ({condition(schema)})"


def _claim(field: str, rule: object) -> str:
    """What a rule of one field asks for, if there are words for it: `a is 'x'`."""
    match rule:
        case {"const": value}:
            return f"{field} is {_plain(value)}"
        case {"enum": choices}:
            return f"{field} is {one_of(map(_plain, choices))}"
        case {"pattern": pattern}:
            return f"{field} matches {pattern}"
    return ""


def _value(schema: Schema) -> str:
    """What a schema of one value allows: `text that matches ^a`, `a number`, `'auto'`."""
    given = schema.get("type", [])
    words = [" or ".join(_TYPES.get(kind, kind) for kind in ([given] if isinstance(given, str) else given))]
    words += [one_of(map(_plain, schema["enum"]))] if "enum" in schema else []
    words = [_plain(schema["const"])] if "const" in schema else words
    words += [f"{limit} {schema[word]}" for word, limit in _LIMITS.items() if word in schema]
    return " ".join(filter(None, words)) or _SOME_RULE


def _choices_message(schemas: Sequence[object]) -> str:
    return f"at least one of these must be true: {'; or '.join(map(condition, schemas))}"


def _one_choice_message(schemas: Sequence[object]) -> str:
    return f"exactly one of these must be true: {'; or '.join(map(condition, schemas))}"


def _plain(value: object) -> str:
    """A value as JSON would show it, texts in single quotes."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


_SOME_RULE: Final = "another rule of the pipeline"
_TYPES: Final = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
_LIMITS: Final = {"pattern": "that matches", "minimum": "of at least", "maximum": "of at most"}
_MESSAGES: Final[Mapping[str, Callable[[Any], str]]] = {
    "anyOf": _choices_message,
    "oneOf": _one_choice_message,
    "not": lambda rule: f"this combination is not allowed: {condition(rule)}",
    "enum": lambda choices: f"must be {one_of(map(str, choices))} with the other values given",
    "const": lambda value: f"must be {_plain(value)} with the other values given",
    "pattern": lambda pattern: f"must match the pattern {pattern}",
    "minLength": lambda limit: f"must have at least {limit} characters",
    "maxLength": lambda limit: f"must have at most {limit} characters",
    "minimum": lambda limit: f"must be at least {limit}",
    "maximum": lambda limit: f"must be at most {limit}",
    "exclusiveMinimum": lambda limit: f"must be more than {limit}",
    "exclusiveMaximum": lambda limit: f"must be less than {limit}",
    "multipleOf": lambda step: f"must be a multiple of {step}",
}
