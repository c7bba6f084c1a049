"""Makes the files of a registry entry, checks that they load, and shows the difference to existing files."""

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from common.services.pipelines.release_files import read_pipelines
from tools.head_image.contents import nextflow_version
from tools.import_pipeline.checkout import Checkout, require_sound
from tools.import_pipeline.fields import CannotExpressError
from tools.import_pipeline.nextflow import fits, must_fit, read_launch_needs
from tools.import_pipeline.params import read_params
from tools.import_pipeline.sheet import read_sheet

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_VERSION: Final = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_FIRST_LINES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """The files of one release, by path below `registry`; `contents` is a phrase with the number of its fields."""

    name: str
    version: str
    registry: Path
    files: Mapping[str, str]
    contents: str
    notes: list[str] = field(default_factory=list)

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
    params, sheet = read_params(checkout.params_schema, without=without), read_sheet(checkout.input_schema)
    launch, launch_notes = read_launch_needs(checkout.config, checkout.commit, checkout.included)
    launch_notes += require_nextflow(launch.nextflow)
    release: dict[str, Any] = {"version": version, "groups": params.groups, "columns": sheet.columns}
    more = {"param_rules": params.rules, "row_rules": sheet.rules, "unique": sheet.unique}
    release |= {word: value for word, value in more.items() if value}
    release |= {"sample_column": sheet.sample_column, "example_rows": checkout.example_rows}
    release |= (
        {"launch": needed} if (needed := {word: value for word, value in asdict(launch).items() if value}) else {}
    )
    files = {
        f"{name}/{version}.json": _as_text(release),
        f"{name}/pipeline.json": _as_text(_pipeline(checkout, registry / name / "pipeline.json", name, version)),
    }
    _check(files, registry / name, name)
    count = sum(len(group["params"]) for group in params.groups)
    return RegistryEntry(
        name=name,
        version=version,
        registry=registry,
        files=files,
        contents=f"{count} parameters and {len(sheet.columns)} columns",
        notes=params.notes + sheet.notes + launch_notes,
    )


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
        for pipeline in read_pipelines(Path(folder)):
            for release in pipeline.versions:
                require_sound(release.param_rules)
                require_sound(release.row_rules)


def _as_text(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
