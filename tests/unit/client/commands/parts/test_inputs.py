"""The places of faults in the files and options that were given."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from sluice.commands.parts.inputs import Inputs
from sluice.errors import Fault, InputError
from sluice.output.terminal import fault_line

INPUTS = Inputs(
    pipeline="nf-core/scrnaseq",
    version=None,
    sheet=Path("sheet.csv"),
    params_file=Path("params.yaml"),
    settings=("aligner=stra",),
    config=Path("more.config"),
)


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault("samplesheet_csv", "must not be empty", 3, "fastq_1"), "sheet.csv:3:fastq_1: must not be empty"),
        (Fault("samplesheet_csv", "has no rows"), "sheet.csv: has no rows"),
        (Fault("params.aligner", "must be star"), "--set aligner: must be star"),
        (Fault("params.genome", "is required"), "params.yaml: genome: is required"),
        (Fault("params", "too many"), "params: too many"),
        (Fault("config_content", "must not set workDir", 2), "more.config:2: must not set workDir"),
        (Fault("pipeline_version", "is unknown"), "pipeline_version: is unknown"),
    ],
)
def test_a_fault_is_where_the_person_can_mend_it(fault: Fault, line: str) -> None:
    placed = INPUTS.placed(fault)
    assert fault_line(placed.field, placed.row, placed.column, placed.message) == line


@pytest.mark.parametrize(("typed", "sent"), [("a\nb\n", "a\nb\n"), ("a\nb", "a\nb"), ("a", "a\n"), ("", "\n")])
def test_a_sheet_from_stdin_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, typed: str, sent: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    inputs = replace(INPUTS, sheet=Path("-"))
    assert inputs.sheet_text() == sent
    assert inputs.placed(Fault("samplesheet_csv", "no", 2)).field == "stdin"


def test_a_refusal_names_the_places() -> None:
    with pytest.raises(InputError) as caught, INPUTS.placing_faults():
        raise InputError("…", request_id="5f0c", faults=[Fault("config_content", "no")])
    assert (caught.value.faults, caught.value.request_id) == ((Fault("more.config", "no"),), "5f0c")


def test_an_option_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("aligner: star\ngenome: GRCh38\n")
    inputs = Inputs(
        pipeline="p", version=None, sheet=None, params_file=tmp_path / "params.yaml", settings=("aligner=alevin",),
        config=None,
    )  # fmt: skip
    assert inputs.params() == {"aligner": "alevin", "genome": "GRCh38"}
