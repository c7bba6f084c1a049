from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from common.domain.runs.run import Run
from common.domain.runs.status import LIVE_STATUSES, RunStatus
from common.errors import TooLargeError, ValidationError
from common.schemas.parsing import parse
from common.schemas.runs import (
    MAX_CONFIG_BYTES,
    MAX_SAMPLESHEET_BYTES,
    RunCreateRequest,
    RunListResponse,
    RunRecoverRequest,
    RunResponse,
    check_sizes,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAST: dict[str, Any] = {"pipeline": "nf-core/scrnaseq", "samplesheet_csv": "sample\na\n"}


def make_request(**changes: object) -> RunCreateRequest:
    return parse(RunCreateRequest, LEAST | changes)


def make_run() -> Run:
    return Run(
        run_id="run-1a2b3c4d",
        pipeline="nf-core/scrnaseq",
        pipeline_version="2.7.1",
        status=RunStatus.RUNNING,
        user_email="ana@lab.example",
        gcs_path="gs://sluice-runs/runs/run-1a2b3c4d",
        params=MappingProxyType({"genome": "GRCh38"}),
        sample_count=4,
        session_id="4f0c7c55-0000-4000-8000-000000000000",
        created_at=NOON,
        updated_at=NOON,
        source_ngs_runs=("NB0231",),
    )


def test_only_pipeline_and_samplesheet_are_required() -> None:
    request = make_request()
    assert (request.pipeline_version, request.params, request.config_content) == (None, {}, None)


@pytest.mark.parametrize("name", ["scrnaseq", "nf-core/", "/scrnaseq", "nf-core/scr/naseq", "nf core/x", "-x/y", "ä/ö"])
def test_an_invalid_pipeline_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="pipeline: must look like nf-core/scrnaseq"):
        make_request(pipeline=name)


@pytest.mark.parametrize("version", ["latest", "2.7", "v2.7.1", "02.7.1", "2.7.1 ", "2.7.1\n", "", "1.2.3; rm -rf /"])
def test_a_version_that_is_not_semantic_is_refused(version: str) -> None:
    with pytest.raises(ValidationError, match=r"pipeline_version: must look like 2\.7\.1"):
        make_request(pipeline_version=version)


@pytest.mark.parametrize("version", ["2.7.1", "0.0.0", "3.0.0-rc.1", "1.2.3+build"])
def test_a_semantic_version_is_accepted(version: str) -> None:
    assert make_request(pipeline_version=version).pipeline_version == version


@pytest.mark.parametrize("value", [[1], {"a": 1}])
def test_a_parameter_is_a_single_value(value: object) -> None:
    with pytest.raises(ValidationError, match=r"params\.x: must be a single value"):
        make_request(params={"x": value})


def test_values_keep_their_types() -> None:
    params = {"a": True, "b": 1, "c": 1.5, "d": "1", "e": None}
    assert [type(value) for value in make_request(params=params).params.values()] == [bool, int, float, str, type(None)]


@pytest.mark.parametrize("field", ["status", "user_email", "run_id", "paramaters"])
def test_a_field_that_callers_cannot_set_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match=f"{field}: is not a field of this request"):
        make_request(**{field: "x"})


def test_texts_of_the_maximum_size_are_accepted() -> None:
    check_sizes(make_request(samplesheet_csv="x" * MAX_SAMPLESHEET_BYTES, config_content="x" * MAX_CONFIG_BYTES))


@pytest.mark.parametrize(
    ("field", "text", "fields"),
    [
        ("samplesheet_csv", "x" * (MAX_SAMPLESHEET_BYTES + 1), "samplesheet_csv has more than 10 MB"),
        ("samplesheet_csv", "é" * (MAX_SAMPLESHEET_BYTES // 2 + 1), "samplesheet_csv has more than 10 MB"),
        ("config_content", "x" * (MAX_CONFIG_BYTES + 1), "config_content has more than 100 KB"),
    ],
)
def test_a_text_that_is_too_large_is_named(field: str, text: str, fields: str) -> None:
    request = make_request(**{field: text})
    with pytest.raises(TooLargeError, match=f"^{fields}$"):
        check_sizes(request)


def test_a_recovery_reuses_the_work_directory_by_default() -> None:
    request = parse(RunRecoverRequest, {})
    check_sizes(request)
    assert (request.reuse_work_dir, request.override_params, request.override_config) == (True, {}, None)


def test_a_config_that_is_too_large_for_a_recovery_is_named() -> None:
    request = parse(RunRecoverRequest, {"override_config": "x" * (MAX_CONFIG_BYTES + 1)})
    with pytest.raises(TooLargeError, match="override_config"):
        check_sizes(request)


def test_a_run_has_times_in_utc_and_no_internal_fields() -> None:
    fields = RunResponse.model_validate(make_run()).model_dump(mode="json")
    assert (fields["status"], fields["created_at"]) == ("running", "2026-11-23T12:00:00Z")
    assert (fields["params"], fields["source_ngs_runs"]) == ({"genome": "GRCh38"}, ["NB0231"])
    assert not fields.keys() & {"session_id", "event_seq", "launch_attempt", "synced_at"}


def test_a_failed_run_has_its_diagnosis() -> None:
    evidence = {"line": "Session aborted -- Cause: SIGTERM", "offset": 7, "source": "nextflow.log"}
    diagnosis = {"cause": "killed_by_signal", "error_task": None, "exit_code": None, "message": "x"}
    fields = RunResponse.model_validate(replace(make_run(), diagnosis=diagnosis | {"evidence": [evidence]}))
    assert fields.model_dump(mode="json")["diagnosis"] == diagnosis | {"evidence": [evidence], "advice": None}


def test_a_list_has_a_cursor_for_the_next_page() -> None:
    page = RunListResponse(
        runs=[RunResponse.model_validate(make_run())], total=10_000, total_capped=True, page_size=1, next_cursor="c"
    )
    fields = page.model_dump(mode="json")
    assert fields.keys() == {"runs", "total", "total_capped", "page", "page_size", "next_cursor"}


@pytest.mark.parametrize("status", RunStatus)
def test_a_live_run_with_a_diagnosis_is_shown_as_failing(status: RunStatus) -> None:
    run = replace(make_run(), status=status)
    assert RunResponse.model_validate(run).failing is False
    failing = RunResponse.model_validate(replace(run, diagnosis={"cause": "quota"})).failing
    assert failing is (status in LIVE_STATUSES)
