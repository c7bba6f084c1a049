"""The inputs of a run besides its command line: samples, parameters, and the settings that the simulator uses."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from localdev.nextflow_simulator.resources import ResourceSettings, read_resources

_DEFAULT_FIELDS = "task_id,hash,native_id,name,status,exit,submit,duration,realtime,%cpu,peak_rss,peak_vmem,rchar,wchar"
_TEXTS: Final = {  # settings in quotes, by the name that they have in Config
    "project": "project",
    "location": "location",
    "service_account": "serviceAccountEmail",
    "error_strategy": "errorStrategy",
}
Params = Mapping[str, object]


class InputError(Exception):
    """The pipeline itself would refuse this input."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with its lanes: the rows of the samplesheet with the same name."""

    name: str
    lanes: tuple[tuple[str, str], ...]  # fastq_1 and fastq_2


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings from the configuration files; later files override earlier ones."""

    project: str = "local"
    location: str = "europe-west1"
    service_account: str = ""  # of the jobs; the project's default one when empty
    labels: Mapping[str, str] = field(default_factory=dict)
    trace_fields: tuple[str, ...] = tuple(_DEFAULT_FIELDS.split(","))
    spot: bool = False  # whether tasks run on Spot machines
    max_spot_attempts: int = 0  # how often Batch may begin a task again that lost its machine
    error_strategy: str = ""  # empty for that of nf-core's base.config
    max_retries: int = 1
    resources: ResourceSettings = field(default_factory=ResourceSettings)


def read_samples(sheet: Path) -> tuple[Sample, ...]:
    """The samples of a samplesheet, in order of first appearance. Raises InputError."""
    lanes: dict[str, list[tuple[str, str]]] = {}
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            if not row.get("sample") or not row.get("fastq_1"):
                raise InputError(f"The samplesheet has no sample or no fastq_1 in entry {number}.")
            lanes.setdefault(row["sample"], []).append((row["fastq_1"], row.get("fastq_2") or ""))
    if not lanes:
        raise InputError("The samplesheet has no samples.")
    return tuple(Sample(name, tuple(pairs)) for name, pairs in lanes.items())


def file_identity(file: Path) -> str:
    """The identity of an input file in a task hash: path, size and time, but no content (Nextflow's CacheHelper)."""
    found = file.stat()
    return f"{file.absolute()} {found.st_size} {found.st_mtime_ns}"


def read_params(file: Path | None, overrides: Params) -> dict[str, object]:
    """The parameters of a YAML file, overridden by those of the command line. Raises InputError."""
    try:
        stored = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
    except yaml.YAMLError as error:
        raise InputError(f"Cannot parse params file: {file}") from error
    return {**(stored or {}), **overrides}


def read_config(texts: Iterable[str]) -> Config:
    """The supported settings, found by regular expressions in any notation (blocks or dotted names)."""
    texts = list(texts)
    text = "\n".join(re.sub(r"(?m)^\s*//.*$", "", part) for part in texts)
    settings: dict[str, object] = {"resources": read_resources(texts)}
    for name, setting in _TEXTS.items():
        if found := re.findall(rf"\b{setting}\s*=\s*['\"]([^'\"]*)['\"]", text):
            settings[name] = found[-1]
    if found := re.findall(r"\bmaxRetries\s*=\s*(\d+)", text):
        settings["max_retries"] = int(found[-1])
    if found := re.findall(r"\bspot\s*=\s*(true|false)\b", text):
        settings["spot"] = found[-1] == "true"
    if found := re.findall(r"\bmaxSpotAttempts\s*=\s*(\d+)", text):
        settings["max_spot_attempts"] = int(found[-1])
    if found := re.findall(r"\bfields\s*=\s*['\"]([^'\"]*)['\"]", text):
        settings["trace_fields"] = tuple(name.strip() for name in found[-1].split(","))
    if found := re.findall(r"\bresourceLabels\s*=\s*\[([^\]]*)\]", text):
        settings["labels"] = dict(re.findall(r"['\"]?([\w-]+)['\"]?\s*:\s*['\"]([^'\"]*)['\"]", found[-1]))
    return Config(**settings)  # type: ignore[arg-type]  # the lines above give each value the type of its field
