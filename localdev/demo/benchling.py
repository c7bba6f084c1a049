"""What the demo shows and checks of a run that begins in Benchling."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from localdev.demo.client import DemoError, Json
from localdev.demo.report import table
from localdev.stack.layout import LAB_BUCKET

_MOST_LIBRARIES = 4  # so that the demo takes no longer than the others


def small_complete_run(runs: Iterable[Json]) -> Json:
    """The first NGS run that is sequenced and has a few libraries of a project. Raises DemoError."""
    for run in runs:
        if run["completed_on"] and 0 < run["library_count"] <= _MOST_LIBRARIES and run["projects"]:
            return run
    raise DemoError("Benchling knows no NGS run that is small and complete")


def library_table(samples: Json) -> str:
    """One line for each library of an NGS run."""
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
    return table(("library", "organism", "tissue or cell line", "lanes", "reads", "% Q30"), rows)


def wrong_source(run: Json, samples: Json, *, sheet: str, found: Sequence[str]) -> Iterator[str]:
    """The run says what it was made of, was given every lane of every library, and is found by its NGS run."""
    name = samples["ngs_run"]
    if run["source_ngs_runs"] != [name]:
        yield f"the run was made of {run['source_ngs_runs']}, not of {name}"
    if run["run_id"] not in found:
        yield f"the run is not among those of {name}"
    lanes = [(sample["sample"], lane) for sample in samples["samples"] for lane in sample["lanes"]]
    expected = sorted((name, lane["fastq_1"], lane["fastq_2"]) for name, lane in lanes)
    rows = sorted((row["sample"], row["fastq_1"], row["fastq_2"]) for row in csv.DictReader(sheet.splitlines()))
    if rows != expected:
        yield f"the sheet has {len(rows)} rows; Benchling knows {len(expected)} lanes, and they differ"
    if run["sample_count"] != samples["total"]:
        yield f"the run has {run['sample_count']} samples and the NGS run {samples['total']} libraries"
    if strange := [row[1] for row in rows if not row[1].startswith(f"gs://{LAB_BUCKET}/{name}/")]:
        yield f"{len(strange)} files lie elsewhere than in the folder of {name}, such as {strange[0]}"
