"""Reads the files that describe a pipeline in its checkout: two schemas, the manifest and an example sheet."""

import csv
import json
import re
import subprocess  # nosec B404
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
    """The description of a pipeline; `manifest` has name, version, description and homePage, each only if it is set.

    `config` is the text of nextflow.config, `included` are those of conf/. `commit` is what is checked out; it is empty
    if the folder is not a git clone.
    """

    params_schema: Mapping[str, Any]
    input_schema: Mapping[str, Any]
    manifest: Mapping[str, str]
    example_rows: list[dict[str, str]]
    config: str
    included: list[str]
    commit: str


def read_checkout(folder: Path) -> Checkout:
    """The description in `folder`. Raises CannotExpressError for a schema that is missing or cannot be read."""
    params_schema = _schema(folder / "nextflow_schema.json")
    config_file = folder / "nextflow.config"
    config = config_file.read_text(encoding="utf-8", errors="replace") if config_file.exists() else ""
    return Checkout(
        params_schema,
        _schema(folder / _path_of_input_schema(params_schema)),
        _manifest(config),
        _example_rows(folder / _EXAMPLE_SHEET),
        config,
        [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("conf/**/*.config"))],
        _commit(folder),
    )


def _commit(folder: Path) -> str:
    """The commit that is checked out; empty if `folder` is not the top of a git clone."""
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "HEAD^{commit}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B603
    return asked.stdout.strip() if asked.returncode == 0 else ""


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
        supported = " and ".join(_DIALECTS)
        raise CannotExpressError(
            f"{path} has the JSON Schema dialect {dialect or 'unknown'}; {supported} are supported"
        )
    try:
        jsonschema_rs.meta.validate({**schema, "$schema": dialect.rstrip("#")})
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise CannotExpressError(f"{path} is not a JSON Schema: {str(error).splitlines()[0]}") from error
    return dict(schema)


def require_sound(rules: Mapping[str, Any]) -> None:
    """Raise CannotExpressError if the rules cannot be compiled."""
    import jsonschema_rs  # noqa: PLC0415 only here

    try:
        jsonschema_rs.Draft202012Validator(dict(rules))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise CannotExpressError(f"its rules cannot be used: {str(error).splitlines()[0]}") from error


def _path_of_input_schema(params_schema: Mapping[str, Any]) -> str:
    """The path that the parameter `input` names, else nf-core's usual path."""
    for group in (params_schema.get("$defs") or params_schema.get("definitions") or {}).values():
        if path := group.get("properties", {}).get("input", {}).get("schema"):
            return re.sub(r"^(/|\./|\$\{(projectDir|baseDir)\}/)+", "", str(path))
    return _INPUT_SCHEMA


def _manifest(config: str) -> dict[str, str]:
    block = re.search(r"^\s*manifest\s*\{(.*?)^\s*\}", config, re.MULTILINE | re.DOTALL)
    return {name: " ".join(value.split()) for name, _, value in _SETTING.findall(block[1] if block else "")}


def _example_rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return [{name: value or "" for name, value in row.items() if name} for row in csv.DictReader(file)][
            :_EXAMPLE_ROWS
        ]
