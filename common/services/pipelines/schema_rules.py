"""Rules that span fields, as JSON Schema writes them, and what to say when one is broken.

JSON Schema 2020-12, by a compiled validator. Values are judged field by field elsewhere, in better words; here are
the rules of which fields go together: required, dependentRequired, anyOf, oneOf, not, if/then/else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from common.domain.pipelines.sheet.cross_cell_rules import Use
from common.domain.text.wording import one_of, shortened

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

Schema = Mapping[str, Any]


class SchemaRules:
    """The rules of one schema, compiled when they are first needed."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 35 ms that most releases do not need

        return Draft202012Validator(dict(self._schema))

    def complaints(self, values: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
        """The field complained of, None when it is several, and a sentence, for each rule that `values` break."""
        if not self._schema or self._validator.is_valid(values):
            return
        for error in self._validator.iter_errors(values):
            yield self._field_of(error), self._told_by(error) or self._in_words(error, values)

    def use_of(self, field: str) -> Use:
        """What the rules want to know of a field."""
        if self._uses is None:
            return Use.VALUE
        return self._uses.get(field, Use.NOTHING)

    @cached_property
    def _uses(self) -> Mapping[str, Use] | None:
        """By field; None when rules are about fields that they do not name."""
        uses: dict[str, Use] = {}
        for part in _parts(self._schema):
            if part.keys() & _ABOUT_ANY_FIELD:
                return None
            needed = part.get("dependentRequired", {})
            for field in (*part.get("required", ()), *needed, *chain.from_iterable(needed.values())):
                uses.setdefault(field, Use.PRESENCE)
            uses |= dict.fromkeys(part.get("dependentSchemas", {}), Use.VALUE)
            uses |= dict.fromkeys(part.get("properties", {}), Use.VALUE)
        return uses

    def _field_of(self, error: "ValidationError") -> str | None:
        if error.instance_path:
            return str(error.instance_path[0])
        return _lacking(error)

    def _told_by(self, error: "ValidationError") -> str | None:
        """What the schema itself says of it, nearest to the rule that is broken."""
        for depth in range(len(error.schema_path), -1, -1):
            part = self._part(error.schema_path[:depth])
            if isinstance(part, Mapping) and "errorMessage" in part:
                return str(part["errorMessage"]).strip()
        return None

    def _in_words(self, error: "ValidationError", values: Mapping[str, object]) -> str:
        if wanted := _lacking(error):
            return f"is needed{self._why_needed(wanted, error.schema_path, values)}; give it"
        part = self._part(error.schema_path)
        told = _WORDS.get(str(error.schema_path[-1]))
        return told(part) if told else f"breaks the pipeline's rule {error.schema_path[-1]}: {shortened(str(part), 80)}"

    def _why_needed(self, wanted: str, path: Sequence[str | int], values: Mapping[str, object]) -> str:
        rule = self._part(path)
        if path[-1] == "dependentRequired" and isinstance(rule, Mapping):
            given = [name for name, needs in rule.items() if name in values and wanted in needs]
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


def _parts(schema: object) -> Iterator[Schema]:
    """Every object in a schema, itself among them."""
    inner: Iterable[object] = ()
    if isinstance(schema, Mapping):
        yield schema
        inner = schema.values()
    elif isinstance(schema, list):
        inner = schema
    for part in inner:
        yield from _parts(part)


def _lacking(error: "ValidationError") -> str | None:
    """The field that is required and not there, if that is the error."""
    return str(error.kind.as_dict()["property"]) if error.kind.name == "required" else None


def condition(schema: object) -> str:
    """A schema of some fields in words: `a and b are given`, `a is 'x' or 'y'`."""
    if not isinstance(schema, Mapping):
        return _SOME_RULE
    needed = schema.get("required", [])
    clauses = [f"{' and '.join(needed)} {'is' if len(needed) == 1 else 'are'} given"] if needed else []
    clauses += filter(None, [_claim(name, rule) for name, rule in schema.get("properties", {}).items()])
    clauses += [f"it is not so that {condition(schema['not'])}"] if "not" in schema else []
    clauses += [" or ".join(map(condition, schema[kind])) for kind in ("anyOf", "oneOf") if kind in schema]
    clauses += [" and ".join(map(condition, schema["allOf"]))] if "allOf" in schema else []
    return " and ".join(clauses) or _value(schema)


def _claim(field: str, rule: object) -> str:
    """What a rule of one field asks, if it can be said: `a is 'x'`."""
    match rule:
        case {"const": value}:
            return f"{field} is {value!r}"
        case {"enum": choices}:
            return f"{field} is {one_of(map(repr, choices))}"
        case {"pattern": pattern}:
            return f"{field} matches {pattern}"
    return ""


def _value(schema: Schema) -> str:
    """What a schema of one value allows: `text that matches ^a`, `a number`, `'auto'`."""
    given = schema.get("type", [])
    words = [" or ".join(_TYPES.get(kind, kind) for kind in ([given] if isinstance(given, str) else given))]
    words += [one_of(map(repr, schema["enum"]))] if "enum" in schema else []
    words = [repr(schema["const"])] if "const" in schema else words
    words += [f"{told} {schema[word]}" for word, told in _LIMITS.items() if word in schema]
    return " ".join(filter(None, words)) or _SOME_RULE


def _about_alternatives(schemas: Sequence[object]) -> str:
    return f"at least one must hold: {'; or '.join(map(condition, schemas))}"


def _about_one(schemas: Sequence[object]) -> str:
    return f"exactly one must hold: {'; or '.join(map(condition, schemas))}"


_ABOUT_ANY_FIELD: Final = frozenset({
    "additionalProperties", "maxProperties", "minProperties", "patternProperties", "propertyNames",
    "unevaluatedProperties",
})  # fmt: skip
_SOME_RULE: Final = "another rule of the pipeline"
_TYPES: Final = {"string": "text", "boolean": "true or false", "integer": "a whole number", "number": "a number"}
_LIMITS: Final = {"pattern": "that matches", "minimum": "of at least", "maximum": "of at most"}
_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "anyOf": _about_alternatives,
    "oneOf": _about_one,
    "not": lambda rule: f"this may not be together: {condition(rule)}",
    "enum": lambda choices: f"must be {one_of(map(str, choices))} together with these other values",
    "const": lambda value: f"must be {value!r} together with these other values",
    "pattern": lambda pattern: f"must match the pattern {pattern}",
    "minLength": lambda limit: f"must have at least {limit} characters",
    "maxLength": lambda limit: f"must have at most {limit} characters",
    "minimum": lambda limit: f"must be at least {limit}",
    "maximum": lambda limit: f"must be at most {limit}",
    "exclusiveMinimum": lambda limit: f"must be more than {limit}",
    "exclusiveMaximum": lambda limit: f"must be less than {limit}",
    "multipleOf": lambda step: f"must be a multiple of {step}",
}
