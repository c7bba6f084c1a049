"""The demo's choice of an NGS run, its table of libraries and its checks of the run."""

from typing import Any

import pytest

from localdev.demo.benchling import library_table, small_complete_run, wrong_source
from localdev.demo.client import DemoError

Json = dict[str, Any]

FOLDER = "gs://lab-sequencing/NB0231"
LANE: Json = {"fastq_1": f"{FOLDER}/a_R1.fastq.gz", "fastq_2": f"{FOLDER}/a_R2.fastq.gz"}
SAMPLE: Json = {"sample": "a", "library": "a", "organism": None, "tissue": None, "cell_line": "K562", "lanes": [LANE]}
SAMPLES: Json = {"ngs_run": "NB0231", "total": 1, "samples": [SAMPLE | {"read_count": 1_000, "q30": 93.44}]}
RUN: Json = {"run_id": "run-1a2b3c4d", "source_ngs_runs": ["NB0231"], "sample_count": 1}
SHEET = f"sample,fastq_1,fastq_2\na,{LANE['fastq_1']},{LANE['fastq_2']}\n"


def faults(
    run: Json = RUN, samples: Json = SAMPLES, sheet: str = SHEET, found: tuple[str, ...] = ("run-1a2b3c4d",)
) -> str:
    return "; ".join(wrong_source(run, samples, sheet=sheet, found=found))


def ngs_run(name: str, **facts: Any) -> Json:  # noqa: ANN401 any JSON
    return {"name": name, "completed_on": "2026-11-22", "library_count": 3, "projects": ["atlas"]} | facts


def test_the_first_small_completed_run_is_chosen() -> None:
    unsuitable = [ngs_run("a", completed_on=None), ngs_run("b", library_count=0), ngs_run("c", library_count=24)]
    assert small_complete_run([*unsuitable, ngs_run("d", projects=[]), ngs_run("e"), ngs_run("f")])["name"] == "e"
    with pytest.raises(DemoError, match="no completed NGS run"):
        small_complete_run(unsuitable)


def test_a_run_with_the_right_source_has_no_faults() -> None:
    assert faults() == ""


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"run": RUN | {"source_ngs_runs": None}}, "source_ngs_runs of the run is None, not ['NB0231']"),
        ({"found": ()}, "searching the runs made from NB0231 does not find run-1a2b3c4d"),
        (
            {"sheet": "sample,fastq_1,fastq_2\n"},
            "the samplesheet (0 rows) differs from the lanes in Benchling (1 lanes)",
        ),
        ({"run": RUN | {"sample_count": 2}}, "the run has 2 samples, but the NGS run has 1 libraries"),
        ({"sheet": SHEET.replace("NB0231/", "x/")}, "1 files are outside the folder of NB0231"),
    ],
)
def test_each_difference_is_a_fault(changed: dict[str, Any], fault: str) -> None:
    assert fault in faults(**changed)


def test_the_table_of_libraries_shows_a_dash_for_unknown_values() -> None:
    assert library_table(SAMPLES).splitlines()[-1].split() == ["a", "-", "K562", "1", "1,000", "93.4"]
    unknown = SAMPLES | {"samples": [SAMPLE | {"read_count": None, "q30": None, "cell_line": None}]}
    assert library_table(unknown).splitlines()[-1].split() == ["a", "-", "-", "1", "-", "-"]
