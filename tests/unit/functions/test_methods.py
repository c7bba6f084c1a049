"""Every deployed function answers any method in the standard form, through functions-framework as in a deployment."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from starlette.applications import Starlette
from werkzeug.test import create_environ

from localdev.stack.environment import function_environment
from localdev.stack.ports import Ports
from tests.support.functions.applications import application_of
from tests.support.functions.asgi import ask
from tests.support.rows import each_row
from tests.support.telemetry import fresh_telemetry
from tools.pack_function.pack import functions_in

Application = Flask | Starlette
METHODS = ["TRACE", "PROPFIND", "FOO", "CONNECT", "PATCH", "DELETE", "PUT"]
PATHS = ["/health", "/nowhere", "/"]


@pytest.fixture(params=functions_in(), scope="module")
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    with pytest.MonkeyPatch.context() as patch, fresh_telemetry():
        for variable, value in function_environment(
            name, Ports(1), "postgresql+pg8000://u:p@127.0.0.1:1/d", folder
        ).items():
            patch.setenv(variable, value)
        yield application_of(name)
    sys.modules["main"].endpoints.cache_clear()


def answer_to(application: Application, method: str, path: str) -> tuple[int, dict[str, str], Any]:
    if isinstance(application, Flask):
        environ = create_environ(path="/", method=method) | {"PATH_INFO": path}  # as sent; a client may change a path
        given = application.test_client().open(environ)
        return given.status_code, {name.lower(): value for name, value in given.headers.items()}, given.get_json()
    answer = ask(application, path, method=method)
    return answer.status_code, dict(answer.headers), answer.json()


@each_row("method", of=METHODS)
@each_row("path", of=PATHS)
def test_an_unknown_method_is_refused_in_the_standard_form(application: Application, method: str, path: str) -> None:
    status, headers, body = answer_to(application, method, path)
    assert headers["content-type"] == "application/json"
    assert body["request_id"] == headers["x-request-id"]
    assert {"error", "detail", "code"} <= set(body)
    if path == "/health":
        assert (status, headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    else:
        assert status in {404, 405}
        assert ("allow" in headers) == (status == 405)


@each_row("method", of=["GET", "POST", "FOO"])
@each_row("path", of=["/robots.txt", "/favicon.ico", "//", "//evil.example", "//evil.example/..", "/a//b"])
def test_every_address_is_answered_in_the_standard_form(application: Application, method: str, path: str) -> None:
    status, headers, body = answer_to(application, method, path)
    assert status in {401, 404, 405}  # bucket_watcher knows no address but /, with any number of slashes
    assert headers["content-type"] == "application/json"
    assert {"error", "detail", "code"} <= set(body)
    assert body["request_id"] == headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"


def test_head_and_options_have_no_body(application: Application) -> None:
    for method, status in (("HEAD", 200), ("OPTIONS", 204)):
        if isinstance(application, Flask):
            given = application.test_client().open("/health", method=method)
            assert (given.status_code, given.data) == (status, b"")
        else:
            answer = ask(application, "/health", method=method)
            assert (answer.status_code, answer.content) == (status, b"")
