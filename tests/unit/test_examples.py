"""The examples that README and demo run."""

import json
from pathlib import Path

import pytest

from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.domain.runs.inputs import RunInputs
from common.schemas.parsing import parse
from common.schemas.runs import RunCreateRequest, check_sizes
from common.services.pipelines.registry import PipelineRegistry

FOLDER = Path(__file__).parents[2] / "examples" / "scrnaseq"
REGISTRY = PipelineRegistry.load()


def test_the_example_run_contains_the_example_sheet_and_params() -> None:
    run = json.loads((FOLDER / "run.json").read_bytes())
    assert run["samplesheet_csv"] == (FOLDER / "samplesheet.csv").read_text(encoding="utf-8")
    assert run["params"] == json.loads((FOLDER / "params.json").read_bytes())


@pytest.mark.parametrize("name", ["run.json", "first_run.json"])
def test_an_example_run_fits_its_release(name: str) -> None:
    request = parse(RunCreateRequest, json.loads((FOLDER / name).read_bytes()))
    check_sizes(request)
    version = REGISTRY.get_pipeline(request.pipeline, request.pipeline_version)
    sheet = read_sample_sheet(request.samplesheet_csv, version)
    inputs = RunInputs(version=version, params=request.params, sheet=sheet, config=None)
    assert (inputs.faults(), sheet.warnings) == ([], ())


def test_the_first_run_of_a_deployment_needs_no_files_in_cloud_storage() -> None:
    assert "gs://" not in (FOLDER / "first_run.json").read_text(encoding="utf-8")


def test_the_example_sheet_has_four_samples_and_five_lanes() -> None:
    version = REGISTRY.get_pipeline("nf-core/scrnaseq", "2.7.1")
    sheet = read_sample_sheet((FOLDER / "samplesheet.csv").read_bytes(), version)
    assert (sheet.faults, sheet.warnings) == ((), ())
    assert (sheet.sample_count, sheet.row_count) == (4, 5)
