"""What the demo makes of Benchling's answers, and which runs it would not pass."""

from typing import Any

import pytest

from localdev.demo.benchling import library_table, small_complete_run, wrong_source
from localdev.demo.client import DemoError, Json

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


def test_the_first_run_that_is_small_and_complete_is_taken() -> None:
    unfit = [ngs_run("a", completed_on=None), ngs_run("b", library_count=0), ngs_run("c", library_count=24)]
    assert small_complete_run([*unfit, ngs_run("d", projects=[]), ngs_run("e"), ngs_run("f")])["name"] == "e"
    with pytest.raises(DemoError, match="no NGS run"):
        small_complete_run(unfit)


def test_a_run_that_was_made_of_what_was_sequenced_has_no_faults() -> None:
    assert faults() == ""


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"run": RUN | {"source_ngs_runs": None}}, "the run was made of None, not of NB0231"),
        ({"found": ()}, "the run is not among those of NB0231"),
        ({"sheet": "sample,fastq_1,fastq_2\n"}, "the sheet has 0 rows; Benchling knows 1 lanes, and they differ"),
        ({"run": RUN | {"sample_count": 2}}, "the run has 2 samples and the NGS run 1 libraries"),
        ({"sheet": SHEET.replace("NB0231/", "x/")}, "1 files lie elsewhere than in the folder of NB0231"),
    ],
)
def test_whatever_differs_is_a_fault(changed: dict[str, Any], told: str) -> None:
    assert told in faults(**changed)


def test_libraries_are_shown_with_what_is_known_of_them() -> None:
    assert library_table(SAMPLES).splitlines()[-1].split() == ["a", "-", "K562", "1", "1,000", "93.4"]
    unknown = SAMPLES | {"samples": [SAMPLE | {"read_count": None, "q30": None, "cell_line": None}]}
    assert library_table(unknown).splitlines()[-1].split() == ["a", "-", "-", "1", "-", "-"]
