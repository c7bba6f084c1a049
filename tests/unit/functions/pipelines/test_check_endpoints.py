"""Checking inputs and writing a config, over HTTP; nothing is stored."""

import json
from typing import Any

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.nextflow.config.reserved_settings import reserved_settings_in
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.schemas.pipelines.checks import RenderedConfig, ValidationResult
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import HeaderLists
from common.web.callers.limits import UserRate
from common.web.routing import serve
from functions.pipelines.endpoints import PipelineEndpoints
from tests.support.limits import rate

SCRNASEQ = "/api/pipelines/nf-core/scrnaseq"
GOOD = {"genome": "GRCh38", "protocol": "10XV3"}
SHEET = "sample,fastq_1,fastq_2\na,gs://lab/a_1.fq.gz,gs://lab/a_2.fq.gz\na,gs://lab/b_1.fq.gz,gs://lab/b_2.fq.gz\n"


def signed_in(headers: HeaderLists) -> Caller:
    if not headers.getlist("x-known"):
        raise UnauthenticatedError("not signed in")
    return Caller(email="ana@lab.example")


CHILD_JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="head@lab.example")
ENDPOINTS = PipelineEndpoints(signed_in, PipelineRegistry.load(), CHILD_JOBS, checks=rate())


def post(path: str, body: object, **headers: str) -> Response:
    given = (headers or {"x-known": "yes"}) | {"Content-Type": "application/json"}
    builder = EnvironBuilder(path, method="POST", headers=list(given.items()), data=json.dumps(body))
    return serve(ENDPOINTS.routes, Request(builder.get_environ()))


def validated(**body: Any) -> ValidationResult:  # noqa: ANN401 any field
    response = post(f"{SCRNASEQ}/validate", body)
    assert response.status_code == 200
    return ValidationResult.model_validate_json(response.data)


def faults_in(response: Response) -> set[str]:
    assert response.status_code == 422
    return {fault["field"] for fault in json.loads(response.data)["faults"]}


def test_valid_inputs_are_valid_and_their_samples_counted() -> None:
    result = validated(params=GOOD, samplesheet_csv=SHEET)
    assert (result.valid, result.pipeline_version, result.sample_count, result.row_count) == (True, "2.7.1", 1, 2)
    assert (result.errors, result.warnings) == ([], [])


def test_all_faults_are_reported_together() -> None:
    sheet = SHEET.replace("gs://lab/b_2.fq.gz", "b 2.fq.gz")
    result = validated(
        params={"genome": "GRCh38", "alinger": "star"}, samplesheet_csv=sheet, config_content="workDir = 1"
    )
    assert not result.valid
    assert [(fault.field, fault.row, fault.column) for fault in result.errors] == [
        ("params.alinger", None, None),
        ("params.protocol", None, None),
        ("config_content", 1, None),
        ("samplesheet_csv", 3, "fastq_2"),
    ]
    assert "did you mean aligner?" in result.errors[0].message


def test_an_unknown_column_is_only_a_warning() -> None:
    result = validated(params=GOOD, samplesheet_csv="sample,fastq_1,fastq_2,notes\na,a_1.fq.gz,a_2.fq.gz,first\n")
    assert result.valid
    assert [(fault.row, fault.column) for fault in result.warnings] == [(1, "notes")]


def test_a_resource_for_all_processes_is_only_a_warning() -> None:
    result = validated(params=GOOD, config_content="process { memory = 90.GB }")
    assert result.valid
    assert [(fault.field, fault.row) for fault in result.warnings] == [("config_content", 1)]


def test_parameters_alone_can_be_checked() -> None:
    result = validated(params=GOOD, pipeline_version="2.6.0")
    assert (result.valid, result.sample_count, result.pipeline_version) == (True, None, "2.6.0")


def test_a_parameter_that_fills_a_column_makes_its_blank_cells_valid() -> None:
    sheet = "sample,fastq_1,fastq_2,expected_cells\na,a_1.fq.gz,a_2.fq.gz,\n"
    assert not validated(params=GOOD, samplesheet_csv=sheet, pipeline_version="2.5.1").valid
    assert validated(params=GOOD | {"expected_cells": 9}, samplesheet_csv=sheet, pipeline_version="2.5.1").valid


@pytest.mark.parametrize("address", ["validate", "config"])
def test_a_request_without_identity_is_401(address: str) -> None:
    assert post(f"{SCRNASEQ}/{address}", {}, nobody="here").status_code == 401


@pytest.mark.parametrize("address", ["validate", "config"])
def test_an_unknown_pipeline_or_version_is_404(address: str) -> None:
    assert post(f"/api/pipelines/nf-core/rnaseq/{address}", {}).status_code == 404
    assert post(f"{SCRNASEQ}/{address}", {"pipeline_version": "9.9.9"}).status_code == 404


@pytest.mark.parametrize("address", ["validate", "config"])
def test_an_unknown_field_is_refused(address: str) -> None:
    assert faults_in(post(f"{SCRNASEQ}/{address}", {"pipelin_version": "2.7.1"})) == {"pipelin_version"}


def test_a_samplesheet_that_is_too_large_is_413() -> None:
    assert post(f"{SCRNASEQ}/validate", {"samplesheet_csv": "x" * (10 * 1024 * 1024 + 1)}).status_code == 413


def test_the_rendered_config_can_be_submitted_with_a_run() -> None:
    options = {"limits": {"memory_gb": 128}, "processes": {"STAR_ALIGN": {"cpus": 8}}, "spot": True, "retries": 1}
    result = RenderedConfig.model_validate_json(post(f"{SCRNASEQ}/config", options).data)
    assert "resourceLimits = [memory: 128.GB]" in result.config
    assert "withName: 'STAR_ALIGN'" in result.config
    assert reserved_settings_in(result.config) == []
    assert validated(params=GOOD, config_content=result.config).valid


def test_the_answer_shows_what_sluice_adds_to_the_config() -> None:
    result = RenderedConfig.model_validate_json(post(f"{SCRNASEQ}/config", {}).data)
    assert "process.executor = 'google-batch'" in result.added
    assert "process.resourceLabels = ['sluice-run': 'run-00000000', 'sluice-role': 'task']" in result.added


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"limits": {"memory_gb": 0}}, "limits.memory_gb"),
        ({"limits": {"cpus": True}}, "limits.cpus"),
        ({"retries": 11}, "retries"),
        ({"processes": {"A' {": {"cpus": 1}}}, "processes.A' {"),
        ({"processes": {"A": {"cpu": 1}}}, "processes.A.cpu"),
    ],
)
def test_invalid_options_are_named(options: dict[str, object], field: str) -> None:
    assert faults_in(post(f"{SCRNASEQ}/config", options)) == {field}


@pytest.mark.parametrize("path", ["validate", "config"])
def test_checks_are_limited_for_each_user(path: str) -> None:
    endpoints = PipelineEndpoints(signed_in, PipelineRegistry.load(), CHILD_JOBS, checks=UserRate("checks", 2))

    def send(size: int = 2) -> Response:
        body = b"{" + b" " * (size - 2) + b"}"
        sent = EnvironBuilder(
            f"{SCRNASEQ}/{path}",
            method="POST",
            headers=[("x-known", "yes")],
            data=body,
            content_type="application/json",
        )
        return serve(endpoints.routes, Request(sent.get_environ()))

    assert send((1 << 20) + 1).status_code != 429  # takes two
    refused = send()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
