"""Converts a property of a JSON Schema to a field of a registry entry; other keywords remain as JSON Schema rules.

Supports draft-07 and 2020-12 as nf-core schemas use them, with the keywords of nf-schema and nf-validation.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.import_pipeline.patterns import needs_linear_time

Schema = Mapping[str, Any]
Facts = dict[str, Any]

_TYPES: Final = ("string", "integer", "number", "boolean")
# Keywords that do not restrict values, or that are read elsewhere (unique, dependentRequired, schema).
_NOTES: Final = frozenset({
    "$comment", "$id", "deprecated", "dependentRequired", "errorMessage", "example", "examples", "exists", "fa-icon",
    "fa_icon", "meta", "mimetype", "schema", "unique",
})  # fmt: skip
_COPIED: Final = frozenset({"format", "maximum", "minimum", "pattern"})
_RULES: Final = frozenset({
    "allOf", "anyOf", "const", "else", "exclusiveMaximum", "exclusiveMinimum", "if", "maxLength", "minLength",
    "multipleOf", "not", "oneOf", "then",
})  # fmt: skip
_IN_WORDS: Final = frozenset({"title", "description", "help_text", "help", "hidden", "default", "enum", "type"})
# Keywords about the properties that the keywords beside them do not name.
ABOUT_OTHERS: Final = frozenset({"additionalProperties", "unevaluatedProperties"})
_BLANK: Final = frozenset({"type", "maxLength", "minLength", "errorMessage"})


class CannotExpressError(Exception):
    """A checkout cannot be converted to a registry entry; the message names the file or field and the reason."""


class CannotSendError(CannotExpressError):
    """A property's values are lists or objects, which a run cannot send; without it the rest can be converted."""


@dataclass(slots=True)
class Field:
    """A converted property: the facts of the field, remaining JSON Schema keywords, and notes for the developer."""

    facts: Facts
    rest: Facts = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_field(name: str, schema: Schema) -> Field:
    """The converted property `name`. Raises CannotExpressError."""
    if not isinstance(schema, Mapping):
        raise CannotSendError(f"{name} may have any value ({schema}); omit it with WITHOUT={name}")
    merged = _without_blank_choice(schema)
    types = _types_of(name, merged)
    found = Field({"name": name, "type": types[0]})
    _read_enum(found, merged.get("enum"))
    # pipelines also list values of another type than the property's, which users send as they are listed
    types += [kind for value in found.facts.get("enum", ()) if not _is_of(value, types) for kind in [_type_of(value)]]
    if others := list(dict.fromkeys(types[1:])):
        found.facts["other_types"] = others
    found.facts |= {word: value for word, value in merged.items() if word in _COPIED}
    found.rest |= _told_apart_by_format({word: value for word, value in merged.items() if word in _RULES})
    unknown = [word for word in merged if word not in _COPIED | _RULES | _IN_WORDS | _NOTES]
    found.notes += [f"{name}: omitted the unknown keyword {word}" for word in unknown]
    _check_pattern(found)
    if message := merged.get("errorMessage"):
        found.facts["error"] = " ".join(str(message).split())
        found.rest |= {"errorMessage": found.facts["error"]} if found.rest else {}
    return found


def words_of(schema: Schema) -> tuple[str, str]:
    """The title and the help of a property, from nf-core's short description and longer help."""
    title = str(schema.get("title") or schema.get("description") or "").strip()
    texts = [schema.get("description", "") if schema.get("title") else "", schema.get("help_text", "")]
    return title, "\n\n".join(str(text).strip() for text in [*texts, schema.get("help", "")] if str(text).strip())


def with_definitions(rules: Facts, schema: Schema) -> Facts:
    """`rules` with the definitions of `schema` if they refer to any."""
    if '"$ref"' not in json.dumps(rules):
        return rules
    return rules | {word: schema[word] for word in ("$defs", "definitions") if word in schema}


def _without_blank_choice(schema: Schema) -> Schema:
    """`schema` without the choice in `anyOf` that only an empty text matches, by which older schemas mark optional."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    others = [choice for choice in choices if not (choice.keys() <= _BLANK and choice.get("maxLength") == 0)]
    anything = any(
        choice.keys() <= _BLANK and choice.get("type", "string") == "string" and not choice.get("minLength")
        for choice in others
    )
    rest = {word: value for word, value in schema.items() if word != "anyOf"}
    if anything:  # a choice that any text matches
        return {"type": "string", **rest}
    return {**others[0], **rest} if len(others) == 1 else {**rest, "anyOf": others}


def _types_of(name: str, schema: Schema) -> list[str]:
    given = schema.get("type")
    if given is None:
        given = list(dict.fromkeys(_implied_types(schema))) or ["string"]
    types = [kind for kind in ([given] if isinstance(given, str) else given) if kind != "null"]
    if unsupported := [kind for kind in types if kind not in _TYPES]:
        problem = f"{name} has the type {unsupported[0]}, but only single values are supported"
        raise CannotSendError(f"{problem}; omit it with WITHOUT={name}")
    if not types:
        raise CannotSendError(f"{name} allows only null; omit it with WITHOUT={name}")
    return types


def _implied_types(schema: Schema) -> Iterator[str]:
    for choice in [*schema.get("anyOf", []), *schema.get("oneOf", [])]:
        given = choice.get("type", [])
        yield from [given] if isinstance(given, str) else given
    yield from (_type_of(value) for value in schema.get("enum", []) if value is not None)
    if "const" in schema:
        yield _type_of(schema["const"])


def _type_of(value: object) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number")):
        if isinstance(value, kind):
            return name
    return "string"


def _is_of(value: object, types: list[str]) -> bool:
    """Whether a value has one of the types; a whole number is also a number."""
    kind = _type_of(value)
    return kind in types or (kind == "integer" and "number" in types)


def _told_apart_by_format(rules: Facts) -> Facts:
    """The rules with `oneOf` as `anyOf` where the choices differ only in the kind of a path, or may.

    nf-schema looks at the path itself: a folder does not fit file-path, nor a file directory-path.
    """
    choices = rules.get("oneOf", [])
    if sum("path" in str(choice.get("format", "")) for choice in choices if isinstance(choice, Mapping)) < 2:
        return rules
    rest = {word: value for word, value in rules.items() if word != "oneOf"}
    return (
        {**rest, "anyOf": choices}
        if "anyOf" not in rest
        else {**rest, "allOf": [*rest.get("allOf", []), {"anyOf": choices}]}
    )


def _read_enum(found: Field, enum: list[Any] | None) -> None:
    if enum is None:
        return
    values = [value for value in enum if value is not None and str(value).strip()]
    if len(values) < len(enum):
        found.notes.append(f"{found.facts['name']}: omitted the empty value from its enum; leaving it out is the same")
    found.facts["enum"] = values


def _check_pattern(found: Field) -> None:
    pattern = found.facts.get("pattern")
    if pattern is None:
        return
    if found.facts["type"] != "string" and "string" not in found.facts.get("other_types", ()):
        found.notes.append(f"{found.facts['name']}: omitted its pattern, because it is not a text")
        del found.facts["pattern"]
        return
    try:
        is_fast = needs_linear_time(pattern)
    except re.error as error:
        raise CannotExpressError(
            f"{found.facts['name']} has the pattern {pattern}, which Python cannot parse ({error})"
        ) from error
    if not is_fast:  # the validator of rules needs linear time or limits its attempts, unlike Python's re
        found.rest["pattern"] = found.facts.pop("pattern")
