"""Converts assets/schema_input.json: the columns of the samplesheet, and the rules that span cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.import_pipeline.fields import (
    ABOUT_OTHERS,
    CannotExpressError,
    Facts,
    Field,
    Schema,
    read_field,
    with_definitions,
    words_of,
)

_ROW_WORDS: Final = frozenset({"$comment", "description", "properties", "required", "title", "type", "uniqueEntries"})
_KNOWN_TOP: Final = frozenset({
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "type", "items", "allOf", "minItems",
    "uniqueEntries", "uniqueItems",
})  # fmt: skip


@dataclass(slots=True)
class ImportedSheet:
    """The columns of a registry entry, a JSON Schema of rules that span cells, and sets of unique columns."""

    columns: list[Facts] = field(default_factory=list)
    rules: Facts = field(default_factory=dict)
    unique: list[list[str]] = field(default_factory=list)
    sample_column: str = "sample"
    notes: list[str] = field(default_factory=list)


def read_sheet(schema: Schema) -> ImportedSheet:
    """The columns and rules of a samplesheet. Raises CannotExpressError."""
    rows = schema.get("items")
    if not isinstance(rows, Mapping) or not isinstance(rows.get("properties"), Mapping):
        raise CannotExpressError("the schema of the samplesheet has no items with properties, so it has no columns")
    is_nf_schema = "2020-12" in str(schema.get("$schema"))
    found, rules = ImportedSheet(), dict[str, Any]()
    needs: dict[str, list[str]] = {}
    for name, given in rows["properties"].items():
        if not name:
            raise CannotExpressError("the samplesheet has no header (a column has no name), so it cannot be checked")
        column = _column(name, given, is_required=name in rows.get("required", []))
        found.columns.append(column.facts)
        found.notes += column.notes
        if rest := _of_single_cells(column.rest):
            rules[name] = rest
        if not is_nf_schema:  # nf-validation's keywords of single columns; nf-schema knows neither
            needs |= {name: given["dependentRequired"]} if given.get("dependentRequired") else {}
            found.unique += _unique_by(name, given.get("unique"))
    if is_nf_schema:
        found.unique += _unique_entries(schema)
    found.unique = [list(names) for names in dict.fromkeys(map(tuple, found.unique))]
    found.sample_column = _sample_column(rows["properties"])
    parts = [{word: value for word, value in rows.items() if word not in _ROW_WORDS}]
    if parts[0].keys() & ABOUT_OTHERS:  # they speak of the properties beside them
        parts[0]["properties"] = {name: {} for name in rows["properties"]}
    parts += [{"properties": rules}] if rules else []
    parts += [{"dependentRequired": needs}] if needs else []
    parts = [part for part in parts if part]
    found.rules = with_definitions(parts[0] if len(parts) == 1 else {"allOf": parts} if parts else {}, schema)
    found.notes += [f"the samplesheet: omitted the unknown keyword {word}" for word in schema.keys() - _KNOWN_TOP]
    return found


def _sample_column(columns: Mapping[str, Schema]) -> str:
    """The column with the names of the samples: that with nf-core's meta key `id`, a usual name, or the first."""
    by_meta = [name for name, given in columns.items() if given.get("meta") in ("id", ["id"])]
    usual = [name for name in ("sample", "sample_id", "id", "ID") if name in columns]
    return [*by_meta, *usual, *columns][0]


def _column(name: str, schema: Schema, *, is_required: bool) -> Field:
    found = read_field(name, schema)
    title, text = words_of(schema)
    types = [found.facts["type"], *found.facts.pop("other_types", ())]
    if len(types) > 1:  # a text first, because an editor of sheets shows the first type
        types = sorted(types, key=lambda kind: kind != "string")
        found.facts |= {"type": types[0], "other_types": types[1:]}
        found.rest = _as_cells(found.rest)
    if "enum" in found.facts:
        found.facts["enum"] = list(map(_as_text, found.facts["enum"]))
    found.facts |= {"title": title or name} | ({"help": text} if text else {})
    found.facts |= {"required": True, "allows_blank": False} if is_required else {}
    if schema.get("default") not in (None, ""):
        found.facts["default"] = schema["default"]
    return found


def _of_single_cells(rule: Any) -> Any:  # noqa: ANN401 any part of a schema
    """The rule of one column without `dependentRequired`, which says nothing about a text."""
    if isinstance(rule, list):
        return [_of_single_cells(part) for part in rule]
    if not isinstance(rule, Mapping):
        return rule
    return {word: _of_single_cells(part) for word, part in rule.items() if word != "dependentRequired"}


def _as_cells(rule: Any) -> Any:  # noqa: ANN401 any part of a schema
    """A rule for cells of a column with several types: a cell such as 1 may be meant as a text or as a number."""
    if isinstance(rule, list):
        return [_as_cells(part) for part in rule]
    if not isinstance(rule, Mapping):
        return rule
    changed = {word: _as_cells(part) for word, part in rule.items()}
    if "oneOf" in changed:  # a cell that may be read in two ways fits two choices
        changed = {word: part for word, part in changed.items() if word != "oneOf"} | {
            "allOf": [*changed.get("allOf", []), {"anyOf": changed["oneOf"]}]
        }
    if rule.get("type") == "string":
        changed["type"] = ["string", "number", "boolean"]
    if "enum" in rule or "const" in rule:
        values = [*rule.get("enum", []), *([rule["const"]] if "const" in rule else [])]
        changed.pop("const", None)
        changed["enum"] = [*values, *(twin for value in values for twin in _twins(value) if twin not in values)]
    return changed


def _twins(value: object) -> list[object]:
    """The same value in the other type that a cell may be read as: 1 and '1'."""
    if isinstance(value, str):
        return [int(value)] if value.isascii() and value.isdigit() else []
    return [_as_text(value)]


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unique_by(name: str, unique: object) -> list[list[str]]:
    """The set of unique columns in nf-validation's `unique`: true, or the names of further columns."""
    if unique is True:
        return [[name]]
    return [[*map(str, unique), name]] if isinstance(unique, list) else []


def _unique_entries(schema: Schema) -> Iterator[list[str]]:
    """The sets of unique columns in nf-schema's `uniqueEntries`.

    It is a rule of arrays: within `items`, which are objects, it says nothing (nf-schema, UniqueEntriesEvaluator).
    """
    for part in (schema, *schema.get("allOf", [])):
        if names := part.get("uniqueEntries"):
            yield names
