"""Finds in the checkout of a pipeline what describes it: its schemas, its manifest and an example sheet."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.import_pipeline.fields import CannotExpressError

_DIALECTS: Final = ("draft-07", "2020-12")
_INPUT_SCHEMA: Final = "assets/schema_input.json"
_EXAMPLE_SHEET: Final = "assets/samplesheet.csv"
_EXAMPLE_ROWS: Final = 3
_SETTING: Final = re.compile(
    r"""^\s*(name|version|description|homePage)\s*=\s*(\"\"\"|'''|"|')(.*?)\2""", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """The pipeline in a folder; `manifest` has name, version, description and homePage as far as they are given."""

    params_schema: Mapping[str, Any]
    input_schema: Mapping[str, Any]
    manifest: Mapping[str, str]
    example_rows: list[dict[str, str]]


def read_checkout(folder: Path) -> Checkout:
    """What the checkout at `folder` says. Raises CannotExpressError for what is missing or cannot be read."""
    params_schema = _schema(folder / "nextflow_schema.json")
    return Checkout(
        params_schema,
        _schema(folder / _path_of_input_schema(params_schema)),
        _manifest(folder / "nextflow.config"),
        _example_rows(folder / _EXAMPLE_SHEET),
    )


def _schema(path: Path) -> Mapping[str, Any]:
    import jsonschema_rs  # noqa: PLC0415 only here

    try:
        schema = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotExpressError(
            f"{path} cannot be read: {error.strerror}; is this the checkout of a pipeline?"
        ) from error
    except ValueError as error:
        raise CannotExpressError(f"{path} is not JSON: {error}") from error
    dialect = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    if not any(known in dialect for known in _DIALECTS):
        raise CannotExpressError(f"{path} is written in {dialect or 'no dialect'}; known are {' and '.join(_DIALECTS)}")
    try:
        jsonschema_rs.meta.validate({**schema, "$schema": dialect.rstrip("#")})
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise CannotExpressError(f"{path} is no JSON Schema: {str(error).splitlines()[0]}") from error
    return dict(schema)


def require_sound(rules: Mapping[str, Any]) -> None:
    """Raise CannotExpressError for rules that no value could be held against."""
    import jsonschema_rs  # noqa: PLC0415 only here

    try:
        jsonschema_rs.Draft202012Validator(dict(rules))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise CannotExpressError(f"its rules cannot be used: {str(error).splitlines()[0]}") from error


def _path_of_input_schema(params_schema: Mapping[str, Any]) -> str:
    """Where the parameter `input` says that it is, else where it usually is."""
    for group in (params_schema.get("$defs") or params_schema.get("definitions") or {}).values():
        if path := group.get("properties", {}).get("input", {}).get("schema"):
            return re.sub(r"^(/|\./|\$\{(projectDir|baseDir)\}/)+", "", str(path))
    return _INPUT_SCHEMA


def _manifest(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    block = re.search(r"^\s*manifest\s*\{(.*?)^\s*\}", text, re.MULTILINE | re.DOTALL)
    return {name: " ".join(value.split()) for name, _, value in _SETTING.findall(block[1] if block else "")}


def _example_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(file)][
            :_EXAMPLE_ROWS
        ]
