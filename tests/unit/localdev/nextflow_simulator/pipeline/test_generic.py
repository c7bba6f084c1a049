"""Any other pipeline of the registry runs a few processes for each sample."""

from pathlib import Path

import pytest

from localdev.nextflow_simulator.inputs import InputError
from localdev.nextflow_simulator.pipeline.generic import generic_plan, sample_names


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("samplesheet.csv", "sample,lane\na,1\na,2\nb,1\n", ["a", "b"]),
        ("samplesheet.tsv", "ID\tbam\nx\tx.bam\n", ["x"]),
        ("samplesheet.csv", "bam\nx.bam\ny.bam\n", ["row2", "row3"]),
    ],
)
def test_samples_are_found_in_any_sheet(tmp_path: Path, name: str, text: str, names: list[str]) -> None:
    (tmp_path / name).write_text(text)
    assert sample_names(tmp_path / name) == names


def test_each_sample_has_two_tasks_and_a_report_reads_them_all(tmp_path: Path) -> None:
    sheet = tmp_path / "samplesheet.csv"
    sheet.write_text("sample\na\nb\n")
    tasks = generic_plan("nf-core/my-seq", sheet)
    prefix = "NF_MY_SEQ:MY_SEQ"
    assert [task.name for task in tasks] == [
        f"{prefix}:CHECK_INPUT (a)", f"{prefix}:PROCESS_SAMPLE (a)", f"{prefix}:CHECK_INPUT (b)",
        f"{prefix}:PROCESS_SAMPLE (b)", f"{prefix}:MULTIQC",
    ]  # fmt: skip
    assert set(tasks[-1].after) == {tasks[1].key, tasks[3].key}


def test_a_sheet_without_rows_is_refused(tmp_path: Path) -> None:
    sheet = tmp_path / "samplesheet.csv"
    sheet.write_text("sample\n")
    with pytest.raises(InputError, match="no samples"):
        generic_plan("lab/x", sheet)
