"""Turns a property of a JSON Schema into the facts of a field, and what is left over into rules.

Read: JSON Schema draft-07 and 2020-12, as nf-core schemas use them (nf-schema's and nf-validation's keywords included).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from re._constants import MAX_REPEAT, MAXREPEAT, MIN_REPEAT  # type: ignore[import-not-found]
from re._parser import SubPattern, parse  # type: ignore[import-not-found]
from typing import Any, Final

_REPEATS: Final = (MAX_REPEAT, MIN_REPEAT)
Schema = Mapping[str, Any]
Facts = dict[str, Any]

_TYPES: Final = ("string", "integer", "number", "boolean")
# Keywords that say nothing about values, or that have a place of their own (unique, dependentRequired, schema).
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
_BLANK: Final = frozenset({"type", "maxLength", "minLength", "errorMessage"})


class CannotExpressError(Exception):
    """A schema holds what a registry entry cannot say; the message names the place and the reason."""


@dataclass(slots=True)
class Field:
    """What a property becomes: facts for the entry, a rest that stays JSON Schema, and notes for who imports."""

    facts: Facts
    rest: Facts = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_field(name: str, schema: Schema) -> Field:
    """The field called `name`. Raises CannotExpressError."""
    if not isinstance(schema, Mapping):
        raise CannotExpressError(f"{name} may have any value ({schema}); leave it out with WITHOUT={name}")
    merged = _without_blank_choice(schema)
    types = _types_of(name, merged)
    found = Field({"name": name, "type": types[0]})
    if types[1:]:
        found.facts["other_types"] = types[1:]
    _read_enum(found, merged.get("enum"))
    found.facts |= {word: value for word, value in merged.items() if word in _COPIED}
    found.rest |= {word: value for word, value in merged.items() if word in _RULES}
    strange = [word for word in merged if word not in _COPIED | _RULES | _IN_WORDS | _NOTES]
    found.notes += [f"{name}: the keyword {word} is not known and left out" for word in strange]
    _check_pattern(found)
    if told := merged.get("errorMessage"):
        found.facts["error"] = " ".join(str(told).split())
        found.rest |= {"errorMessage": found.facts["error"]} if found.rest else {}
    return found


def words_of(schema: Schema) -> tuple[str, str]:
    """Title and help of a property: nf-core's short description and its longer help."""
    title = str(schema.get("title") or schema.get("description") or "").strip()
    texts = [schema.get("description", "") if schema.get("title") else "", schema.get("help_text", "")]
    return title, "\n\n".join(str(text).strip() for text in [*texts, schema.get("help", "")] if str(text).strip())


def with_definitions(rules: Facts, schema: Schema) -> Facts:
    """Rules with the parts of their schema that they refer to."""
    if '"$ref"' not in json.dumps(rules):
        return rules
    return rules | {word: schema[word] for word in ("$defs", "definitions") if word in schema}


def _without_blank_choice(schema: Schema) -> Schema:
    """`anyOf` with a choice that only a blank fits, as older schemas write what is optional, without it."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    others = [choice for choice in choices if not (choice.keys() <= _BLANK and choice.get("maxLength") == 0)]
    anything = any(choice.keys() <= _BLANK and not choice.get("minLength") for choice in others)
    rest = {word: value for word, value in schema.items() if word != "anyOf"}
    if anything:  # a choice that any text fits
        return {"type": "string", **rest}
    return {**others[0], **rest} if len(others) == 1 else {**rest, "anyOf": others}


def _types_of(name: str, schema: Schema) -> list[str]:
    given = schema.get("type")
    if given is None:
        given = list(dict.fromkeys(_implied_types(schema))) or ["string"]
    types = [kind for kind in ([given] if isinstance(given, str) else given) if kind != "null"]
    if strange := [kind for kind in types if kind not in _TYPES]:
        told = f"{name} takes values of type {strange[0]}, and only single values can be given"
        raise CannotExpressError(f"{told}; leave it out with WITHOUT={name}")
    if not types:
        raise CannotExpressError(f"{name} takes no value but null; leave it out with WITHOUT={name}")
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


def _read_enum(found: Field, enum: list[Any] | None) -> None:
    if enum is None:
        return
    values = [value for value in enum if value is not None and str(value).strip()]
    if len(values) < len(enum):
        found.notes.append(f"{found.facts['name']}: a blank among its values is left out; not to give it says the same")
    found.facts["enum"] = values


def _check_pattern(found: Field) -> None:
    pattern = found.facts.get("pattern")
    if pattern is None:
        return
    if found.facts["type"] != "string" and "string" not in found.facts.get("other_types", ()):
        found.notes.append(f"{found.facts['name']}: its pattern is left out, since only texts are held against one")
        del found.facts["pattern"]
        return
    try:
        compiled = parse(pattern)
    except re.error as error:
        raise CannotExpressError(
            f"{found.facts['name']} has the pattern {pattern}, which cannot be read here ({error})"
        ) from error
    if _may_take_for_ever(compiled):  # the library that judges rules gives up in time
        found.rest["pattern"] = found.facts.pop("pattern")


def _may_take_for_ever(part: object, *, is_repeated: bool = False) -> bool:
    """Whether a parsed pattern repeats, without a bound, what repeats or may be left out itself."""
    if isinstance(part, SubPattern | list | tuple):
        if len(part) == 2 and part[0] in _REPEATS and isinstance(part[1], tuple):
            low, high, inner = part[1]
            has_choice = low != high
            return (is_repeated and has_choice) or _may_take_for_ever(
                inner, is_repeated=is_repeated or (has_choice and high is MAXREPEAT)
            )
        return any(_may_take_for_ever(inner, is_repeated=is_repeated) for inner in part)
    return False
