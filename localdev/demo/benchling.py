"""The demo's choice, table and checks for a run made from Benchling data."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from localdev.demo.client import DemoError, Json
from localdev.demo.report import table
from localdev.stack.layout import LAB_BUCKET

_MOST_LIBRARIES = 4  # keeps this scenario as short as the others


def small_complete_run(runs: Iterable[Json]) -> Json:
    """The first NGS run that is sequenced, belongs to a project and has 1 to 4 libraries. Raises DemoError."""
    for run in runs:
        if run["completed_on"] and 0 < run["library_count"] <= _MOST_LIBRARIES and run["projects"]:
            return run
    raise DemoError(f"Benchling has no completed NGS run with 1 to {_MOST_LIBRARIES} libraries and a project")


def library_table(samples: Json) -> str:
    """The libraries of an NGS run, one per line."""
    rows = [
        (
            sample["library"],
            sample["organism"] or "-",
            sample["tissue"] or sample["cell_line"] or "-",
            str(len(sample["lanes"])),
            "-" if sample["read_count"] is None else f"{sample['read_count']:,}",
            "-" if sample["q30"] is None else f"{sample['q30']:.1f}",
        )
        for sample in samples["samples"]
    ]
    numbers = ("lanes", "reads", "% Q30")
    return table(("library", "organism", "tissue or cell line", *numbers), rows, right=numbers)


def wrong_source(run: Json, samples: Json, *, sheet: str, found: Sequence[str]) -> Iterator[str]:
    """Check the run's source, its samplesheet (one row per lane) and that a search by NGS run finds it.

    `sheet` is the stored samplesheet, `found` the ids of the runs found by the name of the NGS run.
    """
    name = samples["ngs_run"]
    if run["source_ngs_runs"] != [name]:
        yield f"source_ngs_runs of the run is {run['source_ngs_runs']}, not [{name!r}]"
    if run["run_id"] not in found:
        yield f"searching the runs made from {name} does not find {run['run_id']}"
    lanes = [(sample["sample"], lane) for sample in samples["samples"] for lane in sample["lanes"]]
    expected = sorted((name, lane["fastq_1"], lane["fastq_2"]) for name, lane in lanes)
    rows = sorted((row["sample"], row["fastq_1"], row["fastq_2"]) for row in csv.DictReader(sheet.splitlines()))
    if rows != expected:
        yield f"the samplesheet ({len(rows)} rows) differs from the lanes in Benchling ({len(expected)} lanes)"
    if run["sample_count"] != samples["total"]:
        yield f"the run has {run['sample_count']} samples, but the NGS run has {samples['total']} libraries"
    if misplaced := [row[1] for row in rows if not row[1].startswith(f"gs://{LAB_BUCKET}/{name}/")]:
        yield f"{len(misplaced)} files are outside the folder of {name}, such as {misplaced[0]}"
