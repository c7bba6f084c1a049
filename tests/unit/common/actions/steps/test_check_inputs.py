"""Whatever is wrong with params, sheet and config is told at once, each with its place."""

from collections.abc import Mapping

import pytest

from common.actions.steps.check_inputs import CheckedInputs, check_inputs, faults_in_config
from common.services.pipelines.registry import PipelineRegistry

REGISTRY = PipelineRegistry.load()
RELEASE = REGISTRY.get_pipeline("nf-core/scrnaseq", "2.7.1")
PARAMS = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}
SHEET = "sample,fastq_1,fastq_2\na,gs://lab/a_R1.fq.gz,gs://lab/a_R2.fq.gz\n"


def checked(
    params: Mapping[str, object] = PARAMS, samplesheet: str | None = SHEET, config: str | None = None
) -> CheckedInputs:
    return check_inputs(REGISTRY, RELEASE, params=params, samplesheet=samplesheet, config=config)


def test_what_is_right_has_no_fault_and_its_sheet_is_read() -> None:
    found = checked()
    assert (found.faults, found.warnings, found.version) == ((), (), RELEASE)
    assert found.sheet is not None
    assert found.sheet.sample_count == 1


def test_faults_of_all_three_are_told_at_once() -> None:
    found = checked({**PARAMS, "aligner": "bowtie"}, SHEET.replace("a,gs", ",gs"), "cleanup = true\nprocess {\n")
    assert [(fault.field, fault.row, fault.column) for fault in found.faults] == [
        ("params.aligner", None, None),
        ("config_content", 1, None),
        ("config_content", 2, None),
        ("samplesheet_csv", 2, "sample"),
    ]


def test_without_a_sheet_params_and_config_are_judged_alone() -> None:
    found = checked(samplesheet=None)
    assert (found.sheet, found.faults, found.warnings) == (None, (), ())


def test_what_a_parameter_fills_may_be_blank_in_the_sheet() -> None:
    found = checked({**PARAMS, "expected_cells": 5000}, SHEET)
    assert found.faults == ()


def test_what_is_only_odd_is_a_warning() -> None:
    found = checked(samplesheet="sample,fastq_1,fastq_2,expected_cell\na,gs://lab/a_R1.fq.gz,gs://lab/a_R2.fq.gz,5\n")
    assert found.faults == ()
    (warning,) = found.warnings
    assert (warning.row, warning.column) == (1, "expected_cell")
    assert "did you mean expected_cells?" in warning.message


@pytest.mark.parametrize("config", [None, "", "// nothing\n", "process.cpus = 2\n"])
def test_a_config_that_keeps_to_its_own_has_no_fault(config: str | None) -> None:
    assert faults_in_config(config, field="config_content") == []
