"""Reads the files that describe a pipeline in its checkout: two schemas, the configs and the manifest."""

import json
import re
import subprocess  # nosec B404
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.import_pipeline.config_values import ConfigValues, read_config_values
from tools.import_pipeline.fields import CannotExpressError

_DIALECTS: Final = ("draft-07", "2020-12")
_INPUT_SCHEMA: Final = "assets/schema_input.json"
_SCRIPTS: Final = ("*.nf", "workflows/**/*.nf", "subworkflows/**/*.nf", "lib/*.groovy")
_APPLIES_SHEET: Final = re.compile(r"samplesheetToList\s*\(|fromSamplesheet\s*\(")
_PLUGINS: Final = re.compile(r"nf-(schema|validation)\b")
_SETTING: Final = re.compile(
    r"""^\s*(name|version|description|homePage)\s*=\s*(\"\"\"|'''|"|')(.*?)\2""", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Checkout:
    """The description of a pipeline; `manifest` has name, version, description and homePage, each only if it is set.

    `input_param` is the property `input` of the parameters. `input_schema` is None if there is none. `applies_schema`
    says that the pipeline checks its sheets by it, as far as the checkout tells. `config` is the text of
    nextflow.config, `included` are those of conf/. `commit` is what is checked out; it is empty if the folder is not a
    git clone.
    """

    folder: Path
    params_schema: Mapping[str, Any]
    input_param: Mapping[str, Any]
    input_schema: Mapping[str, Any] | None
    applies_schema: bool
    manifest: Mapping[str, str]
    values: ConfigValues
    config: str
    included: list[str]
    commit: str


def read_checkout(source: str) -> Checkout:
    """The description in the folder `source`. Raises CannotExpressError for a schema that is missing or unreadable."""
    if not source or not Path(source).is_dir():
        raise CannotExpressError(f"{source!r} is not a folder; give SOURCE=FOLDER, the checkout of a pipeline")
    folder = Path(source).resolve()
    params_schema = _schema(folder, "nextflow_schema.json")
    config_file = folder / "nextflow.config"
    config = config_file.read_text(encoding="utf-8", errors="replace") if config_file.exists() else ""
    given = _input_param(params_schema)
    path = re.sub(r"^(/|\./|\$\{(projectDir|baseDir)\}/)+", "", str(given.get("schema") or _INPUT_SCHEMA))
    return Checkout(
        folder,
        params_schema,
        given,
        _schema(folder, path) if (folder / path).exists() or "schema" in given else None,
        _applies_schema(folder, config, is_named="schema" in given),
        _manifest(config),
        read_config_values(folder, config),
        config,
        [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("conf/**/*.config"))],
        _commit(folder),
    )


def _applies_schema(folder: Path, config: str, *, is_named: bool) -> bool:
    """Whether the pipeline checks its sheet by the schema.

    nf-schema and nf-validation do so where the parameter names the schema, or a script calls them. The code that
    nf-core's template had in lib/ before them reads only the parameters.
    """
    scripts = [path for pattern in _SCRIPTS for path in folder.glob(pattern)]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in scripts]
    if any(map(_APPLIES_SHEET.search, texts)):
        return True
    return is_named and (not scripts or any(map(_PLUGINS.search, [config, *texts])))


def _input_param(params_schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The property of the parameter `input`, in whichever group it is. Raises CannotExpressError if there is none."""
    groups = (params_schema.get("$defs") or params_schema.get("definitions") or {}).values()
    for group in (*groups, params_schema):
        if found := group.get("properties", {}).get("input"):
            return dict(found)
    raise CannotExpressError("the pipeline has no parameter input, which is how a run passes its samplesheet on")


def _commit(folder: Path) -> str:
    """The commit that is checked out; empty if `folder` is not the top of a git clone."""
    if not (folder / ".git").exists():
        return ""
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "HEAD^{commit}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # nosec B603
    return asked.stdout.strip() if asked.returncode == 0 else ""


def _schema(folder: Path, name: str) -> Mapping[str, Any]:
    import jsonschema_rs  # noqa: PLC0415 only here

    path, where = folder / name, f"{folder.name}/{name}"
    try:
        schema = json.loads(path.read_bytes())
    except OSError as error:
        raise CannotExpressError(
            f"{where} cannot be read: {error.strerror}; give SOURCE=FOLDER, the checkout of a pipeline"
        ) from error
    except ValueError as error:
        raise CannotExpressError(f"{where} is not JSON: {error}") from error
    dialect = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    if not any(known in dialect for known in _DIALECTS):
        supported = " and ".join(_DIALECTS)
        raise CannotExpressError(
            f"{where} has the JSON Schema dialect {dialect or 'unknown'}; {supported} are supported"
        )
    try:
        jsonschema_rs.meta.validate({**schema, "$schema": dialect.rstrip("#")})
    except (jsonschema_rs.ValidationError, ValueError) as error:
        raise CannotExpressError(f"{where} is not a JSON Schema: {str(error).splitlines()[0]}") from error
    return dict(schema)


def require_sound(rules: Mapping[str, Any]) -> None:
    """Raise CannotExpressError if the rules cannot be compiled."""
    import jsonschema_rs  # noqa: PLC0415 only here

    try:
        jsonschema_rs.Draft202012Validator(dict(rules))
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise CannotExpressError(f"its rules cannot be used: {str(error).splitlines()[0]}") from error


def _manifest(config: str) -> dict[str, str]:
    block = re.search(r"^\s*manifest\s*\{(.*?)^\s*\}", config, re.MULTILINE | re.DOTALL)
    return {name: " ".join(value.split()) for name, _, value in _SETTING.findall(block[1] if block else "")}
