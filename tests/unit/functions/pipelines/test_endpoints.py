import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.schemas.pipelines.registered import PipelineInfo, PipelineListResponse, PipelineSchema
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import HeaderLists
from common.web.routing import serve
from functions.pipelines.endpoints import PipelineEndpoints
from tests.support.limits import rate

SCRNASEQ = "/api/pipelines/nf-core/scrnaseq"


def signed_in(headers: HeaderLists) -> Caller:
    """The caller in the header of the request."""
    if not headers.getlist("x-known"):
        raise UnauthenticatedError("not signed in")
    return Caller(email="ana@lab.example")


CHILD_JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="head@lab.example")
ENDPOINTS = PipelineEndpoints(signed_in, PipelineRegistry.load(), CHILD_JOBS, checks=rate())


def get(path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET") -> Response:
    given = {"x-known": "yes"} if headers is None else headers
    return serve(
        ENDPOINTS.routes, Request(EnvironBuilder(path, method=method, headers=list(given.items())).get_environ())
    )


def body_of(response: Response) -> Any:  # noqa: ANN401 a test knows what it expects
    return json.loads(response.data)


def test_the_list_names_every_pipeline_and_its_versions() -> None:
    answer = PipelineListResponse.model_validate_json(get("/api/pipelines").data)
    assert [(info.name, info.versions) for info in answer.pipelines] == [
        ("nf-core/scrnaseq", ["2.7.1", "2.6.0", "2.5.1"])
    ]
    assert answer.total == 1


@pytest.mark.parametrize("path", [SCRNASEQ, "/api/pipelines/nf-core%2Fscrnaseq"])
def test_a_pipeline_is_found_by_its_name_with_the_slash(path: str) -> None:
    assert PipelineInfo.model_validate_json(get(path).data).default_version == "2.7.1"


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (f"{SCRNASEQ}/schema", "2.7.1"),
        ("/api/pipelines/nf-core%2Fscrnaseq/schema", "2.7.1"),
        (f"{SCRNASEQ}/schema?version=2.5.1", "2.5.1"),
    ],
)
def test_a_schema_is_that_of_the_requested_version(path: str, version: str) -> None:
    answer = PipelineSchema.model_validate_json(get(path).data)
    assert (answer.pipeline, answer.version) == ("nf-core/scrnaseq", version)
    assert {"sample", "fastq_1", "fastq_2"} <= {column.name for column in answer.columns}


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/api/pipelines/nf-core/rnaseq", "known: nf-core/scrnaseq"),
        ("/api/pipelines/nf-core/rnaseq/schema", "known: nf-core/scrnaseq"),
        (f"{SCRNASEQ}/schema?version=9.9.9", "known: 2.7.1, 2.6.0, 2.5.1"),
        (f"{SCRNASEQ}/2.7.1", "/openapi.json lists"),
        ("/api/pipelines/scrnaseq", "/openapi.json lists"),
    ],
)
def test_a_404_says_what_exists(path: str, hint: str) -> None:
    response = get(path)
    assert (response.status_code, body_of(response)["code"]) == (404, "NOT_FOUND")
    assert hint in body_of(response)["detail"]


@pytest.mark.parametrize("path", ["/api/pipelines?page=2", f"{SCRNASEQ}?version=2.7.1", f"{SCRNASEQ}/schema?v=2.7.1"])
def test_an_unknown_parameter_is_refused(path: str) -> None:
    assert get(path).status_code == 422


@pytest.mark.parametrize("path", ["/api/pipelines", SCRNASEQ, f"{SCRNASEQ}/schema", "/api/pipelines/nf-core/rnaseq"])
def test_a_request_without_identity_is_401(path: str) -> None:
    assert get(path, headers={}).status_code == 401


@pytest.mark.parametrize("path", ["/api/pipelines", SCRNASEQ, f"{SCRNASEQ}/schema"])
def test_an_unchanged_answer_is_304(path: str) -> None:
    tag = get(path).headers["ETag"]
    again = get(path, {"x-known": "yes", "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_each_version_has_its_own_etag() -> None:
    tags = {get(f"{SCRNASEQ}/schema?version={version}").headers["ETag"] for version in ("2.7.1", "2.6.0", "2.5.1")}
    assert len(tags) == 3


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_needs_no_identity(path: str) -> None:
    assert get(path, headers={}).status_code == 200


def test_other_methods_are_405() -> None:
    assert get(SCRNASEQ, method="DELETE").status_code == 405
