"""Params, sheet and config are checked together, and each fault has its place."""

from collections.abc import Mapping

from common.domain.pipelines.params import fill_values
from common.domain.pipelines.request_texts import FieldLocation
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.inputs import RunInputs
from common.services.pipelines.registry import PipelineRegistry

RELEASE = PipelineRegistry.load().get_pipeline("nf-core/scrnaseq", "2.7.1")
PARAMS = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}
SHEET = "sample,fastq_1,fastq_2\na,gs://lab/a_R1.fq.gz,gs://lab/a_R2.fq.gz\n"


def inputs(
    params: Mapping[str, object] = PARAMS, samplesheet: str | None = SHEET, config: str | None = None
) -> RunInputs:
    fill = fill_values(RELEASE, params)
    sheet = None if samplesheet is None else read_sample_sheet(samplesheet, RELEASE, fill=fill)
    return RunInputs(version=RELEASE, params=params, sheet=sheet, config=config)


def test_valid_inputs_have_no_fault() -> None:
    assert inputs().faults() == []


def test_the_faults_of_all_three_are_reported_at_once() -> None:
    found = inputs({**PARAMS, "aligner": "bowtie"}, SHEET.replace("a,gs", ",gs"), "cleanup = true\nprocess {\n")
    assert [(fault.field, fault.row, fault.column) for fault in found.faults()] == [
        ("params.aligner", None, None),
        ("config_content", 1, None),
        ("config_content", 2, None),
        ("samplesheet_csv", 2, "sample"),
    ]


def test_without_a_sheet_params_and_config_are_checked_alone() -> None:
    assert inputs(samplesheet=None).faults() == []
    assert inputs(samplesheet=None).files() == {}
    assert [fault.field for fault in inputs(samplesheet=None, config="cleanup = true").faults()] == ["config_content"]


def test_a_column_that_a_parameter_fills_may_be_left_out_of_the_sheet() -> None:
    assert inputs({**PARAMS, "expected_cells": 5000}, SHEET).faults() == []


def test_files_are_those_of_params_and_sheet() -> None:
    assert inputs({**PARAMS, "fasta": "gs://lab/g.fa"}).files() == {
        "gs://lab/g.fa": FieldLocation("params.fasta"),
        "gs://lab/a_R1.fq.gz": FieldLocation("samplesheet_csv", 2, "fastq_1"),
        "gs://lab/a_R2.fq.gz": FieldLocation("samplesheet_csv", 2, "fastq_2"),
    }


def test_texts_come_from_sheet_params_and_config() -> None:
    found = list(inputs({"genome": "GRCh38"}, SHEET, "process.cpus = 2\n").texts())
    assert [location for location, _ in found] == [
        FieldLocation("samplesheet_csv", 2, "fastq_1"),
        FieldLocation("samplesheet_csv", 2, "fastq_2"),
        FieldLocation("params.genome"),
        FieldLocation("config_content", 1),
    ]


def test_an_unknown_column_is_a_warning() -> None:
    sheet = "sample,fastq_1,fastq_2,expected_cell\na,gs://lab/a_R1.fq.gz,gs://lab/a_R2.fq.gz,5\n"
    found = inputs(samplesheet=sheet)
    assert found.faults() == []
    assert found.sheet
    (warning,) = found.sheet.warnings
    assert (warning.row, warning.column) == (1, "expected_cell")
    assert "did you mean expected_cells?" in warning.message
