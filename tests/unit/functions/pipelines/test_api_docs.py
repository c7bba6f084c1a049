"""The API description and its page are served in full, without identity, and load nothing from elsewhere."""

import json
import re

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.services.pipelines.registry import PipelineRegistry
from common.web.callers.identity import HeaderLists
from common.web.routing import serve
from functions.pipelines.api_docs import ASSETS
from functions.pipelines.endpoints import PipelineEndpoints
from tests.support.limits import rate


def refuse(_headers: HeaderLists) -> Caller:
    raise UnauthenticatedError("not signed in")


CHILD_JOBS = ChildJobSettings(project="lab", location="europe-west1", service_account="head@lab.example")
ENDPOINTS = PipelineEndpoints(refuse, PipelineRegistry.load(), CHILD_JOBS, checks=rate())


def get(path: str, **headers: str) -> Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return serve(ENDPOINTS.routes, Request(EnvironBuilder(path, headers=list(given.items())).get_environ()))


def test_the_description_is_json() -> None:
    response = get("/openapi.json")
    assert (response.status_code, response.content_type) == (200, "application/json")
    assert json.loads(response.data)["openapi"] == "3.0.3"


def test_the_page_is_html() -> None:
    response = get("/docs")
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")


def test_the_page_loads_only_its_own_assets() -> None:
    loaded = re.findall(r'(?:src|href)="([^"]+)"', get("/docs").get_data(as_text=True))
    assert {address for address in loaded if address != "data:,"} == {
        "/openapi.json",
        *(f"/docs/{asset}" for asset in ASSETS),
    }


def test_the_page_may_contact_only_this_service() -> None:
    policy = get("/docs").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; ")
    assert "http" not in policy


@pytest.mark.parametrize(("asset", "kind"), [(name, kind) for name, (_, kind) in ASSETS.items()])
def test_an_asset_has_its_content_type(asset: str, kind: str) -> None:
    response = get(f"/docs/{asset}")
    assert (response.status_code, response.content_type) == (200, kind)
    assert response.data


@pytest.mark.parametrize("asset", ["index.html", "..%2fopenapi.json", "%2e%2e", "swagger-ui.js", "page.html"])
def test_other_files_are_not_served(asset: str) -> None:
    assert get(f"/docs/{asset}").status_code == 404


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/start.js"])
def test_an_unchanged_answer_is_304(path: str) -> None:
    again = get(path, If_None_Match=get(path).headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/start.js"])
def test_an_unknown_parameter_is_refused(path: str) -> None:
    assert get(f"{path}?version=3").status_code == 422
