"""Converts nextflow_schema.json: the groups of parameters, and the rules that span parameters."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from common.domain.pipelines.params import RESERVED, param_problem
from common.domain.pipelines.pipeline import Param, ParamType
from tools.import_pipeline.config_values import UNKNOWN, ConfigValues
from tools.import_pipeline.fields import (
    ABOUT_OTHERS,
    CannotExpressError,
    CannotSendError,
    Facts,
    Field,
    Schema,
    read_field,
    with_definitions,
    words_of,
)

_GROUP_WORDS: Final = frozenset({"$comment", "default", "description", "fa_icon", "help_text", "properties", "required",
                                 "title", "type"})  # fmt: skip
_TOP_WORDS: Final = frozenset({"$schema", "$id", "definitions", "$defs", "allOf"})
_FOR_TEXT: Final = (ParamType.STRING, ParamType.NUMBER, ParamType.BOOLEAN)
_LOOSE: Final = "other_parameters"
_NO_CONFIGS: Final = ConfigValues()


@dataclass(slots=True)
class ImportedParams:
    """The groups of a registry entry, a JSON Schema of rules that span parameters, and notes for the developer."""

    groups: list[Facts] = field(default_factory=list)
    rules: Facts = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_params(
    schema: Schema, *, without: Collection[str] = (), configs: ConfigValues = _NO_CONFIGS
) -> ImportedParams:
    """The parameters except those that Sluice sets and those in `without`. Raises CannotExpressError.

    `configs` are the pipeline's own, whose values Nextflow uses where a run sends none.
    """
    found, rules, seen = ImportedParams(), list[Facts](), set[str]()
    for name, group in _groups(schema):
        params = []
        for param_name, given in group.get("properties", {}).items():
            if param_name in RESERVED or param_name in without or param_name in seen:
                continue
            seen.add(param_name)
            param = _sendable(param_name, given, param_name in group.get("required", []), configs, found.notes)
            if param is None:
                continue
            _loosen(param, configs)
            found.notes += param.notes
            rules += [{"properties": {param_name: param.rest}}] if param.rest else []
            params.append(param.facts)
        if params:
            found.groups.append(_group(name, group) | {"params": params})
        rules += [rule] if (rule := _rules_of(group, _GROUP_WORDS)) else []
    rules += [part for part in schema.get("allOf", []) if "$ref" not in part]
    rules += [rule] if (rule := _rules_of(schema, _GROUP_WORDS | _TOP_WORDS)) else []
    with_default = {param["name"] for group in found.groups for param in group["params"] if "default" in param}
    rules = _without_required(rules, configs.params.keys() - with_default)
    found.rules = with_definitions({"allOf": rules} if rules else {}, schema)
    return found


def _without_required(rule: Any, present: Collection[str]) -> Any:  # noqa: ANN401 any part of a schema
    """The rule without asking for parameters that always have a value, which only Nextflow can work out."""
    if isinstance(rule, list):
        return [_without_required(part, present) for part in rule]
    if not isinstance(rule, Mapping):
        return rule
    return {
        word: [name for name in part if name not in present]
        if word == "required" and isinstance(part, list)
        else _without_required(part, present)
        for word, part in rule.items()
    }


def _groups(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The groups that `allOf` refers to, in order, each once; parameters outside of any group come last."""
    definitions = schema.get("$defs") or schema.get("definitions") or {}
    references = [part["$ref"] for part in schema.get("allOf", []) if "$ref" in part]
    for reference in dict.fromkeys(references):
        name = str(reference).rpartition("/")[2]
        if name not in definitions:
            raise CannotExpressError(f"the schema refers to {reference}, which it does not contain")
        yield name, definitions[name]
    if "properties" in schema:
        loose = {word: schema[word] for word in ("properties", "required") if word in schema}
        yield _LOOSE, {"title": "Other parameters", **loose}


def _group(name: str, group: Schema) -> Facts:
    texts = (str(group.get(word, "")).strip() for word in ("description", "help_text"))
    facts = {"name": name, "title": group.get("title") or name.replace("_", " ").capitalize()}
    return facts | ({"help": text} if (text := "\n\n".join(filter(None, texts))) else {})


def _sendable(name: str, schema: Schema, is_required: bool, configs: ConfigValues, notes: list[str]) -> Field | None:
    """The parameter; None, with a note, if no run can send one and none has to."""
    try:
        return _param(name, schema, is_required, configs.params)
    except CannotSendError as error:
        if is_required and name not in configs.params:
            raise
        notes.append(f"left out a parameter: {error}")
        return None


def _param(name: str, schema: Schema, is_required: bool, values: Mapping[str, object]) -> Field:
    found = read_field(name, schema)
    title, text = words_of(schema)
    facts = found.facts | {"title": title or name} | ({"help": text} if text else {})
    facts |= {"required": True} if is_required and name not in values else {}
    facts |= {"hidden": True} if schema.get("hidden") else {}
    found.facts = facts
    default = values.get(name, schema.get("default"))
    if default in (None, "", UNKNOWN):
        return found
    if problem := param_problem(_checked(facts), default):
        found.notes.append(f"{name}: omitted its default {default!r}, which {problem}")
    else:
        facts["default"] = default
        facts.pop("required", None)  # Nextflow fills in defaults before it checks required parameters
    return found


def _loosen(param: Field, configs: ConfigValues) -> None:
    """Take what nf-schema takes in its lenient mode, and of a parameter that it does not check."""
    facts, is_unchecked = param.facts, param.facts["name"] in configs.unchecked
    types = [facts["type"], *facts.get("other_types", ())]
    if is_unchecked:
        for word in ("enum", "pattern", "minimum", "maximum", "required"):
            facts.pop(word, None)
        param.rest = {}
    if is_unchecked or (configs.lenient and "string" in types):
        facts["other_types"] = [kind.value for kind in _FOR_TEXT if kind.value != facts["type"]]


def _checked(facts: Mapping[str, Any]) -> Param:
    types = {"type": ParamType(facts["type"]), "other_types": tuple(map(ParamType, facts.get("other_types", ())))}
    return Param(**{**facts, **types, "enum": tuple(facts.get("enum", ())), "group": ""})


def _rules_of(schema: Schema, words: Collection[str]) -> Facts:
    """The rules of `schema` outside its `words`, with draft-07's `dependencies` written as in 2020-12."""
    # a parameter that the schema does not know is a fault in any case
    rules = {word: value for word, value in schema.items() if word not in words and word not in ABOUT_OTHERS}
    dependencies = rules.pop("dependencies", {})
    required = {name: needs for name, needs in dependencies.items() if isinstance(needs, list)}
    schemas = {name: needs for name, needs in dependencies.items() if not isinstance(needs, list)}
    rules |= {"dependentRequired": required} if required else {}
    return rules | ({"dependentSchemas": schemas} if schemas else {})
