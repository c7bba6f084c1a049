"""Makes the files of a registry entry, checks that they load, and shows the difference to existing files."""

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any, Final

from common.domain.pipelines.pipeline import PipelineVersion
from common.services.pipelines.registry import PipelineRegistry
from common.services.pipelines.release_files import PipelineDataError, read_pipelines
from tools.head_image.contents import nextflow_version
from tools.import_pipeline.checkout import Checkout, require_sound
from tools.import_pipeline.fields import CannotExpressError
from tools.import_pipeline.nextflow import fits, must_fit, read_launch_needs
from tools.import_pipeline.params import read_params
from tools.import_pipeline.sheet_choice import choose_sheet
from tools.import_pipeline.trial import refused_params

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_VERSION: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_FIRST_LINES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """The files of one release, by path below `registry`; `contents` is a phrase with the number of its fields.

    `refusals` are what the pipeline itself brings and the entry refuses, one a line; the import stops there. `tried` is
    the number of its example sheets.
    """

    name: str
    version: str
    registry: Path
    files: Mapping[str, str]
    contents: str
    notes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    tried: int = 0

    @property
    def replaces(self) -> bool:
        """Whether the registry already has this release."""
        return (self.registry / self.name / f"{self.version}.json").exists()

    def difference(self) -> str:
        """A unified diff to the existing files, empty if they are equal; of a new file only its first lines."""
        difference = ""
        for name, text in self.files.items():
            path = self.registry / name
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            lines = list(unified_diff(before.splitlines(True), text.splitlines(True), f"{name} now", f"{name} then"))
            shown = lines if before else lines[:_FIRST_LINES]
            difference += "".join(shown)
            difference += f"… and {len(lines) - len(shown)} more lines\n" if len(lines) > len(shown) else ""
        return difference

    def write(self) -> None:
        for name, text in self.files.items():
            path = self.registry / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def make_entry(
    checkout: Checkout, registry: Path, *, name: str = "", version: str = "", without: Collection[str] = ()
) -> RegistryEntry:
    """The entry of a checkout. Raises CannotExpressError, and PipelineDataError when the files would not load."""
    name, version = name or checkout.manifest.get("name", ""), version or checkout.manifest.get("version", "")
    if not _NAME.fullmatch(name):
        raise CannotExpressError(f"the pipeline's name is {name!r}; give NAME=owner/name, such as nf-core/rnaseq")
    if not _VERSION.fullmatch(version):
        raise CannotExpressError(f"the version {version!r} is not a release; give VERSION=…, such as 3.14.0")
    params = read_params(checkout.params_schema, without=without, configs=checkout.values)
    launch, launch_notes = read_launch_needs(checkout.config, checkout.commit, checkout.included)
    launch_notes += require_nextflow(launch.nextflow)
    release: dict[str, Any] = {"version": version, "groups": params.groups}
    more = {"param_rules": params.rules, "genomes": list(checkout.values.genomes), "launch": _filled(asdict(launch))}
    release |= {word: value for word, value in more.items() if value}
    tried = choose_sheet(checkout, partial(_load, release, name))
    release |= tried.facts
    loaded = _load(release, name, {})
    removes_false = "draft-07" in str(checkout.params_schema.get("$schema"))
    refused_of_params = refused_params(loaded, checkout.values, removes_false=removes_false)
    refused = [line for refusal in refused_of_params for line in refusal.lines()]
    files = {
        f"{name}/{version}.json": _as_text(release),
        f"{name}/pipeline.json": _as_text(_pipeline(checkout, registry / name / "pipeline.json", name, version)),
    }
    _check(files, registry / name, name)
    count = sum(len(group["params"]) for group in params.groups)
    columns = (
        _counted(len(release["columns"]), "column") if release["columns"] else "a samplesheet that is passed on unread"
    )
    return RegistryEntry(
        name=name,
        version=version,
        registry=registry,
        files=files,
        contents=f"{_counted(count, 'parameter')} and {columns}",
        notes=params.notes + tried.notes + launch_notes,
        refusals=tried.refusals + refused,
        tried=tried.tried,
    )


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _filled(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {word: value for word, value in facts.items() if value}


def _load(release: Mapping[str, Any], name: str, more: Mapping[str, Any]) -> PipelineVersion:
    """The release as the registry would load it. Raises PipelineDataError."""
    facts = json.loads(json.dumps({"columns": [], "passes_sheet_on": True, **release, **more}))
    with tempfile.TemporaryDirectory() as folder:
        pipeline = {
            "name": name,
            "display_name": "",
            "description": "",
            "repository": "",
            "versions": [facts["version"]],
        }
        (Path(folder) / "pipeline.json").write_text(json.dumps(pipeline), encoding="utf-8")
        (Path(folder) / f"{facts['version']}.json").write_text(json.dumps(facts), encoding="utf-8")
        try:
            loaded = PipelineRegistry.load(Path(folder)).get_pipeline(name)
        except PipelineDataError as error:
            raise CannotExpressError(str(error).rpartition(".json: ")[2]) from error
    require_sound(loaded.param_rules)
    require_sound(loaded.row_rules)
    return loaded


def require_nextflow(constraint: str) -> list[str]:
    """A note if the image's Nextflow does not fit. Raises CannotExpressError if the pipeline would refuse to start."""
    version = nextflow_version()
    try:
        if fits(version, constraint):
            return []
    except ValueError as error:
        return [f"nextflowVersion in its manifest cannot be read: {error}"]
    problem = f"the image of head jobs has Nextflow {version}, but its manifest asks for {constraint!r}"
    if must_fit(constraint):
        raise CannotExpressError(f"{problem}, and it does not start with any other; change headjob/nextflow.tsv first")
    return [f"{problem}; it starts with a warning"]


def _pipeline(checkout: Checkout, path: Path, name: str, version: str) -> dict[str, Any]:
    """pipeline.json with this release added; an existing pipeline keeps its default release."""
    if path.exists():
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return facts | {"versions": list(dict.fromkeys([*facts["versions"], version]))}
    described = checkout.manifest.get("description") or checkout.params_schema.get("description", "")
    return {
        "name": name,
        "display_name": name.partition("/")[2],
        "description": described,
        "repository": checkout.manifest.get("homePage") or f"https://github.com/{name}",
        "versions": [version],
    }


def _check(files: Mapping[str, str], existing: Path, name: str) -> None:
    """Load the files together with the existing ones, as the registry does. Raises PipelineDataError."""
    with tempfile.TemporaryDirectory() as folder:
        if existing.exists():
            shutil.copytree(existing, Path(folder) / name)
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        read_pipelines(Path(folder))


def _as_text(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
