import os
from pathlib import Path

import pytest

from common.domain.batch.launch_config import TRACE_FIELDS, ChildJobSettings, launch_config
from localdev.nextflow_simulator.inputs import InputError, Sample, file_identity, read_config, read_params, read_samples


def test_rows_with_the_same_sample_are_its_lanes(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("sample,fastq_1,fastq_2\nA,a1,a2\nB,b1,\nA,a3,a4\n")

    assert read_samples(sheet) == (Sample("A", (("a1", "a2"), ("a3", "a4"))), Sample("B", (("b1", ""),)))


@pytest.mark.parametrize("text", ["", "sample,fastq_1\n", "sample\nA\n", "fastq_1\na1\n"])
def test_a_sheet_without_samples_or_reads_is_refused(tmp_path: Path, text: str) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(text)

    with pytest.raises(InputError):
        read_samples(sheet)


def test_the_identity_of_an_input_file_depends_on_path_size_and_time(tmp_path: Path) -> None:
    first, moved = tmp_path / "a.csv", tmp_path / "b.csv"
    for file in (first, moved):
        file.write_text("sample\nA\n")
        os.utime(file, (7, 7))
    identity = file_identity(first)
    assert file_identity(moved) != identity
    first.write_text("sample\nB\n")
    os.utime(first, (7, 7))
    assert file_identity(first) == identity  # Nextflow does not read the content
    os.utime(first, (8, 8))
    assert file_identity(first) != identity


def test_the_command_line_overrides_the_params_file(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("aligner: star\nskip_fastqc: true\n")

    params = read_params(tmp_path / "params.yaml", {"aligner": "alevin"})

    assert params == {"aligner": "alevin", "skip_fastqc": True}


def test_the_configuration_written_by_sluice_is_read() -> None:
    text = launch_config("run-1", ChildJobSettings(project="lab", location="europe-west1", service_account="a@b"))

    config = read_config(["// nothing of the user's\n", text])

    assert (config.project, config.location, config.service_account) == ("lab", "europe-west1", "a@b")
    assert config.labels == {"sluice-run": "run-1", "sluice-role": "task"}
    assert config.trace_fields == tuple(TRACE_FIELDS.split(","))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (False, 0)),
        ("google.batch.spot = true\ngoogle.batch.maxSpotAttempts = 5\n", (True, 5)),
        ("google { batch { spot = true } }\ngoogle.batch.spot = false\n", (False, 0)),
    ],
)
def test_spot_machines_are_used_when_a_config_says_so(text: str, expected: tuple[bool, int]) -> None:
    config = read_config([text])
    assert (config.spot, config.max_spot_attempts) == expected


def test_blocks_are_read_and_the_last_setting_wins() -> None:
    blocks = "process {\n  errorStrategy = 'finish'\n  maxRetries = 3\n  resourceLabels = [team: 'x']\n}\n"

    config = read_config(["errorStrategy = 'retry'\n", blocks, "// maxRetries = 9\n"])

    assert (config.error_strategy, config.max_retries, config.labels) == ("finish", 3, {"team": "x"})
