"""What a run is given besides its command line: samples, parameters and the settings that the simulator heeds."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_DEFAULT_FIELDS = "task_id,hash,native_id,name,status,exit,submit,duration,realtime,%cpu,peak_rss,peak_vmem,rchar,wchar"
Params = Mapping[str, object]


class InputError(Exception):
    """An input that the pipeline itself would refuse."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample; rows of the same name are lanes that belong together."""

    name: str
    lanes: tuple[tuple[str, str], ...]  # fastq_1 and fastq_2


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of the configuration files, later files over earlier ones."""

    project: str = "local"
    location: str = "europe-west1"
    labels: Mapping[str, str] = field(default_factory=dict)
    trace_fields: tuple[str, ...] = tuple(_DEFAULT_FIELDS.split(","))
    error_strategy: str = "terminate"
    max_retries: int = 1
    memory: int | None = None  # bytes, for every task; None: what its process asks for


def read_samples(sheet: Path) -> tuple[Sample, ...]:
    """The samples of a sheet, in the order in which they first appear. Raises InputError."""
    lanes: dict[str, list[tuple[str, str]]] = {}
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), start=1):
            if not row.get("sample") or not row.get("fastq_1"):
                raise InputError(f"The samplesheet has no sample or no fastq_1 in entry {number}.")
            lanes.setdefault(row["sample"], []).append((row["fastq_1"], row.get("fastq_2") or ""))
    if not lanes:
        raise InputError("The samplesheet has no samples.")
    return tuple(Sample(name, tuple(pairs)) for name, pairs in lanes.items())


def read_params(file: Path | None, given: Params) -> dict[str, object]:
    """The parameters of a file, those of the command line over them. Raises InputError."""
    try:
        stored = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
    except yaml.YAMLError as error:
        raise InputError(f"Cannot parse params file: {file}") from error
    return {**(stored or {}), **given}


def read_config(texts: Iterable[str]) -> Config:
    """The few settings that matter here, wherever and in whichever notation they are given."""
    text = "\n".join(re.sub(r"(?m)^\s*//.*$", "", part) for part in texts)
    known: dict[str, object] = {}
    for name, setting in (("project", "project"), ("location", "location"), ("error_strategy", "errorStrategy")):
        if found := re.findall(rf"\b{setting}\s*=\s*['\"]([^'\"]*)['\"]", text):
            known[name] = found[-1]
    if found := re.findall(r"\bmaxRetries\s*=\s*(\d+)", text):
        known["max_retries"] = int(found[-1])
    if found := re.findall(r"\bmemory\s*=\s*['\"]?(\d+)(?:\.|\s*)GB\b", text):
        known["memory"] = int(found[-1]) << 30
    if found := re.findall(r"\bfields\s*=\s*['\"]([^'\"]*)['\"]", text):
        known["trace_fields"] = tuple(name.strip() for name in found[-1].split(","))
    if found := re.findall(r"\bresourceLabels\s*=\s*\[([^\]]*)\]", text):
        known["labels"] = dict(re.findall(r"['\"]?([\w-]+)['\"]?\s*:\s*['\"]([^'\"]*)['\"]", found[-1]))
    return Config(**known)  # type: ignore[arg-type]  # each value has the type of its field, as the lines above show
