"""A dry run says what is wrong and stores nothing; a config is written for who asks."""

import json
from typing import Any

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.nextflow.config.reserved_settings import reserved_settings_in
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.schemas.pipeline_checks import RenderedConfig, ValidationResult
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import HeaderLists
from common.web.routing import serve
from functions.pipelines.endpoints import PipelineEndpoints

SCRNASEQ = "/api/pipelines/nf-core/scrnaseq"
GOOD = {"genome": "GRCh38", "protocol": "10XV3"}
SHEET = "sample,fastq_1,fastq_2\na,gs://lab/a_1.fq.gz,gs://lab/a_2.fq.gz\na,gs://lab/b_1.fq.gz,gs://lab/b_2.fq.gz\n"


def signed_in(headers: HeaderLists) -> Caller:
    if not headers.getlist("x-known"):
        raise UnauthenticatedError("nobody is signed in")
    return Caller(email="ana@lab.example")


CHILD_JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="head@lab.example")
ENDPOINTS = PipelineEndpoints(signed_in, PipelineRegistry.load(), CHILD_JOBS)


def post(path: str, body: object, **headers: str) -> Response:
    given = headers or {"x-known": "yes"}
    builder = EnvironBuilder(path, method="POST", headers=list(given.items()), data=json.dumps(body))
    return serve(ENDPOINTS.routes, Request(builder.get_environ()))


def validated(**body: Any) -> ValidationResult:  # noqa: ANN401 any field
    response = post(f"{SCRNASEQ}/validate", body)
    assert response.status_code == 200
    return ValidationResult.model_validate_json(response.data)


def faults_in(response: Response) -> set[str]:
    assert response.status_code == 422
    return {fault["field"] for fault in json.loads(response.data)["faults"]}


def test_a_run_that_could_start_is_valid_with_its_samples_counted() -> None:
    told = validated(params=GOOD, samplesheet_csv=SHEET)
    assert (told.valid, told.pipeline_version, told.sample_count, told.row_count) == (True, "2.7.1", 1, 2)
    assert (told.errors, told.warnings) == ([], [])


def test_all_faults_are_told_at_once() -> None:
    sheet = SHEET.replace("gs://lab/b_2.fq.gz", "b 2.fq.gz")
    told = validated(
        params={"genome": "GRCh38", "alinger": "star"}, samplesheet_csv=sheet, config_content="workDir = 1"
    )
    assert not told.valid
    assert [(fault.field, fault.row, fault.column) for fault in told.errors] == [
        ("params.alinger", None, None),
        ("params.protocol", None, None),
        ("config_content", 1, None),
        ("samplesheet_csv", 3, "fastq_2"),
    ]
    assert "did you mean aligner?" in told.errors[0].message


def test_an_unknown_column_is_only_a_warning() -> None:
    told = validated(params=GOOD, samplesheet_csv="sample,fastq_1,fastq_2,notes\na,a_1.fq.gz,a_2.fq.gz,first\n")
    assert told.valid
    assert [(fault.row, fault.column) for fault in told.warnings] == [(1, "notes")]


def test_parameters_alone_can_be_judged() -> None:
    told = validated(params=GOOD, pipeline_version="2.6.0")
    assert (told.valid, told.sample_count, told.pipeline_version) == (True, None, "2.6.0")


def test_a_parameter_that_fills_a_column_makes_its_blanks_right() -> None:
    sheet = "sample,fastq_1,fastq_2,expected_cells\na,a_1.fq.gz,a_2.fq.gz,\n"
    assert not validated(params=GOOD, samplesheet_csv=sheet, pipeline_version="2.5.1").valid
    assert validated(params=GOOD | {"expected_cells": 9}, samplesheet_csv=sheet, pipeline_version="2.5.1").valid


@pytest.mark.parametrize("address", ["validate", "config"])
def test_only_who_is_signed_in_is_answered(address: str) -> None:
    assert post(f"{SCRNASEQ}/{address}", {}, nobody="here").status_code == 401


@pytest.mark.parametrize("address", ["validate", "config"])
def test_a_pipeline_or_version_that_is_not_there_is_not_found(address: str) -> None:
    assert post(f"/api/pipelines/nf-core/rnaseq/{address}", {}).status_code == 404
    assert post(f"{SCRNASEQ}/{address}", {"pipeline_version": "9.9.9"}).status_code == 404


@pytest.mark.parametrize("address", ["validate", "config"])
def test_a_field_that_nobody_reads_is_refused(address: str) -> None:
    assert faults_in(post(f"{SCRNASEQ}/{address}", {"pipelin_version": "2.7.1"})) == {"pipelin_version"}


def test_a_sheet_that_is_too_large_is_told() -> None:
    assert post(f"{SCRNASEQ}/validate", {"samplesheet_csv": "x" * (10 * 1024 * 1024 + 1)}).status_code == 413


def test_a_config_is_written_that_may_be_sent_with_a_run() -> None:
    wishes = {"limits": {"memory_gb": 128}, "processes": {"STAR_ALIGN": {"cpus": 8}}, "spot": True, "retries": 1}
    told = RenderedConfig.model_validate_json(post(f"{SCRNASEQ}/config", wishes).data)
    assert "resourceLimits = [memory: 128.GB]" in told.config
    assert "withName: 'STAR_ALIGN'" in told.config
    assert reserved_settings_in(told.config) == []
    assert validated(params=GOOD, config_content=told.config).valid


def test_what_sluice_adds_to_a_config_is_shown_beside_it() -> None:
    told = RenderedConfig.model_validate_json(post(f"{SCRNASEQ}/config", {}).data)
    assert "process.executor = 'google-batch'" in told.added
    assert "process.resourceLabels = ['sluice-run': 'run-00000000', 'sluice-role': 'task']" in told.added


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"limits": {"memory_gb": 0}}, "limits.memory_gb"),
        ({"limits": {"cpus": True}}, "limits.cpus"),
        ({"retries": 11}, "retries"),
        ({"processes": {"A' {": {"cpus": 1}}}, "processes.A' {"),
        ({"processes": {"A": {"cpu": 1}}}, "processes.A.cpu"),
    ],
)
def test_wishes_that_cannot_be_met_are_named(wishes: dict[str, object], field: str) -> None:
    assert faults_in(post(f"{SCRNASEQ}/config", wishes)) == {field}
