"""The page is served to members of the laboratory only, with headers that keep it to the service itself."""

import gzip
import json
import re

import pytest
from flask import Request, Response
from werkzeug.test import EnvironBuilder

from common.domain.runs.access import Caller
from common.errors import UnauthenticatedError
from common.web.callers.identity import HeaderLists
from common.web.routing import serve
from functions.console.endpoints import PROGRAMS, ConsoleEndpoints, ProgramClient
from functions.console.files import BuiltFile
from tests.support.rows import each_row

INDEX = b'<!doctype html><script type="module" src="/assets/index-1a2b.js"></script>'
SCRIPT = b"document.title = 'Sluice';" * 20
STORAGE = "https://storage.example"
FILES = {
    "index.html": BuiltFile(INDEX, "text/html; charset=utf-8"),
    "assets/index-1a2b.js": BuiltFile(SCRIPT, "text/javascript; charset=utf-8"),
}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CLIENT_ROUTES = ["/", "/runs", "/runs/run-1a2b3c4d", "/runs/run-1a2b3c4d/log", "/runs/new", "/no/such/page", "/a b/é"]


def identify(headers: HeaderLists) -> Caller:
    if headers.getlist("X-Nobody"):
        raise UnauthenticatedError("you are not signed in")
    return Caller(email="ana@lab.example")


CLIENT = ProgramClient(client_id="1-a.apps.googleusercontent.com", client_secret="public")
ENDPOINTS = ConsoleEndpoints(identify, FILES, storage_url=STORAGE, programs=CLIENT)
NOBODY = {"X-Nobody": "1"}


def ask(
    path: str, headers: dict[str, str] | None = None, *, method: str = "GET", endpoints: ConsoleEndpoints = ENDPOINTS
) -> Response:
    environ = EnvironBuilder(path, method=method, headers=list((headers or BROWSER).items())).get_environ()
    return serve(endpoints.routes, Request(environ))


@pytest.mark.parametrize("path", CLIENT_ROUTES)
def test_every_address_of_the_page_gives_its_html(path: str) -> None:
    response = ask(path)
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")
    assert response.data == INDEX


@pytest.mark.parametrize("path", ["/api/runs", "/robots.txt", "/favicon.ico", "/manifest.json"])
def test_a_program_that_looks_for_something_else_gets_404(path: str) -> None:
    response = ask(path, {"Accept": "application/json"})
    assert (response.status_code, response.content_type) == (404, "application/json")


def test_the_html_is_asked_for_again_each_time() -> None:
    response = ask("/runs")
    assert response.headers["Cache-Control"] == "private, no-cache"
    again = ask("/runs", BROWSER | {"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_asset_is_kept_for_ever() -> None:
    response = ask("/assets/index-1a2b.js", {"Accept": "*/*"})
    assert (response.status_code, response.data) == (200, SCRIPT)
    assert response.content_type == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/index-0000.js", "/assets/", "/assets/..%2findex.html", "/assets/a/b.css"])
def test_an_unknown_asset_is_404_also_for_a_browser(path: str) -> None:
    response = ask(path)
    assert response.status_code == 404 or (path == "/assets/" and response.data == INDEX)
    assert "immutable" not in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("accepted", "is_small"), [("gzip, br", True), ("br", False), ("gzip;q=0", False), ("", False)]
)
def test_files_are_compressed_for_whoever_reads_gzip(accepted: str, is_small: bool) -> None:
    response = ask("/assets/index-1a2b.js", {"Accept": "*/*", "Accept-Encoding": accepted})
    assert (response.headers.get("Content-Encoding") == "gzip") == is_small
    assert (gzip.decompress(response.data) if is_small else response.data) == SCRIPT
    assert response.headers["Vary"] == "Accept-Encoding"


def test_the_page_may_use_only_this_service_and_the_storage_of_results() -> None:
    policy = dict(part.split(" ", 1) for part in ask("/").headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": f"'self' {STORAGE}",
        "frame-src": STORAGE,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }


def test_every_answer_has_the_security_headers() -> None:
    for path in ("/", "/assets/index-1a2b.js", "/assets/nothing.js"):
        headers = ask(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", [*CLIENT_ROUTES, "/assets/index-1a2b.js", "/assets/nothing.js"])
def test_nobody_gets_nothing(path: str) -> None:
    response = ask(path, BROWSER | {"X-Nobody": "1"})
    assert (response.status_code, response.content_type) == (401, "application/json")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent_to_the_page(method: str) -> None:
    response = ask("/runs", method=method)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_page_that_was_not_built_says_so() -> None:
    response = ask("/", endpoints=ConsoleEndpoints(identify, {}, storage_url=STORAGE, programs=CLIENT))
    assert response.status_code == 404
    assert b"was not built" in response.data


def test_anybody_may_read_how_programs_sign_in() -> None:
    response = ask(PROGRAMS, NOBODY)
    assert response.status_code == 200
    client_id = CLIENT.client_id
    assert json.loads(response.data) == {"client_id": client_id, "client_secret": "public", "audience": client_id}


def test_without_a_client_the_file_says_that_no_program_may_sign_in() -> None:
    closed = ConsoleEndpoints(identify, FILES, storage_url=STORAGE, programs=ProgramClient())
    found = json.loads(ask(PROGRAMS, NOBODY, endpoints=closed).data)
    assert found["client_id"] is None
    assert "lets no person's program in" in found["detail"]


@each_row("path", of=[
    "/", "/runs", "/assets/index-1a2b.js", "/.well-known", "/.well-known/", "/.well-known/other.json",
    "/.well-known/sluice.json/", "/.well-known//sluice.json", "//.well-known/sluice.json", "/.well-known/SLUICE.json",
    "/.well-known/sluice.json/../../runs", "/.well-known/..%2findex.html", "/.well-known/sluice.json%00",
    "/.well-known/sluice.json%0a", "/.well-known/sluice.json;a",
])  # fmt: skip
@each_row("accept", of=["text/html", "*/*"])
def test_nothing_else_is_answered_without_an_identity(path: str, accept: str) -> None:
    response = ask(path, NOBODY | {"Accept": accept})
    assert response.status_code in {401, 404}
    assert INDEX not in response.data


@each_row("method", of=["POST", "PUT", "PATCH", "DELETE"])
def test_the_file_can_only_be_read(method: str) -> None:
    assert ask(PROGRAMS, NOBODY, method=method).status_code == 405


def test_no_address_but_the_file_has_a_handler_without_an_identity() -> None:
    """Also those that are added later."""
    for pattern, methods in ENDPOINTS.routes.addresses.items():
        path = re.sub("<.*?>", "part", pattern)
        answers = {ask(path, NOBODY, method=method).status_code for method in methods}
        assert answers == ({200} if pattern in {PROGRAMS, "/health", "/ready"} else {401}), pattern
