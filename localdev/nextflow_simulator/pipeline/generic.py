"""The plan of any pipeline but nf-core/scrnaseq: a few processes for each sample, and a report of all."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from localdev.nextflow_simulator.inputs import InputError
from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.pipeline.processes import Process

_NAMES: Final = ("sample", "sample_id", "sampleid", "id", "name")  # columns that usually hold the names of samples
_GIB: Final = 1 << 30


def generic_plan(pipeline: str, sheet: Path) -> tuple[TaskPlan, ...]:
    """The tasks of `pipeline` for the samples of a sheet with commas or tabs. Raises InputError."""
    return tuple(_tasks(pipeline, sheet))


def sample_names(sheet: Path) -> list[str]:
    """The samples, in order of first appearance; the rows' numbers where no column has a usual name."""
    separator = "\t" if sheet.suffix == ".tsv" else ","
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=separator))
    if not rows:
        raise InputError("The samplesheet has no samples.")
    column = next((name for name in rows[0] if name and name.lower() in _NAMES), None)
    return list(dict.fromkeys((column and row[column]) or f"row{number}" for number, row in enumerate(rows, start=2)))


def _tasks(pipeline: str, sheet: Path) -> Iterator[TaskPlan]:
    prefix = pipeline.rpartition("/")[2].upper().replace("-", "_")
    check, work = _process(prefix, "CHECK_INPUT", 0.5), _process(prefix, "PROCESS_SAMPLE", 2.0)
    done = []
    for name in sample_names(sheet):
        checked, worked = f"{check.name}|{name}", f"{work.name}|{name}"
        yield TaskPlan(key=checked, process=check, tag=name, label=name, after=(), inputs=(name,))
        yield TaskPlan(key=worked, process=work, tag=name, label=name, after=(checked,), inputs=(name,))
        done.append(worked)
    report = _process(prefix, "MULTIQC", 0.5)
    yield TaskPlan(key=report.name, process=report, tag="", label="", after=tuple(done), inputs=())


def _process(prefix: str, name: str, seconds: float) -> Process:
    return Process(
        name=f"NF_{prefix}:{prefix}:{name}",
        seconds=seconds,
        command=f"{name.lower()} {{tag}}",
        output=f"{name.lower()}/{{tag}}.txt" if name != "MULTIQC" else "multiqc/multiqc_report.html",
        container="ubuntu:22.04",
        cpus=2,
        memory=12 * _GIB,
        hours=4,
        label="process_low",
    )
