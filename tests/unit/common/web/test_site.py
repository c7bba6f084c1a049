"""Requests that a page of another site sends, and bodies of other types."""

import pytest
from flask import Request, Response
from starlette.requests import Request as AsyncRequest
from starlette.responses import JSONResponse
from starlette.responses import Response as AsyncResponse
from werkzeug.datastructures import Headers

from common.errors import ForeignSiteError
from common.web.answers import answer_json
from common.web.asgi import AsyncRoutes, serve_async
from common.web.routing import DEFAULT_HEADERS, Routes, serve
from common.web.site import require_own_site, takes
from tests.support.functions.asgi import app_of
from tests.support.functions.asgi import ask as ask_async
from tests.support.rows import each_row
from tests.unit.common.web.bodies.test_json_object import Pieces
from tests.unit.common.web.messages import json_in, make_chunked_request, make_request

OURS = "https://sluice.lab.example"
JSON = {"Content-Type": "application/json"}
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://sluice.lab.example"},
    {"Origin": "https://sluice.lab.example.evil.example"},
    {"Origin": "https://sluice.lab.example:8443"},
    {"Origin": "https://evil.sluice.lab.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "CROSS-SITE"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://wiki.lab.example"},
    {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "something-new"},
]
OWN = [
    {},
    {"Origin": OURS},
    {"Origin": "HTTPS://Sluice.Lab.Example"},
    {"Origin": OURS, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
FORMS = [
    "text/plain",
    "text/plain; application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json, text/plain",
    "application/jsonx",
    "",
]


def change(_request: Request) -> Response:
    return answer_json({"changed": True})


@takes("application/json", "application/cloudevents+json")
def notice(_request: Request) -> Response:
    return answer_json({"changed": True})


ROUTES = Routes(
    {(method, "/api/runs"): change for method in ("GET", "POST", "PUT", "PATCH", "DELETE")} | {("POST", "/"): notice},
    origins=[OURS],
)


@each_row("headers", of=FOREIGN)
@each_row("method", of=["POST", "PUT", "PATCH", "DELETE"])
@each_row("path", of=["/api/runs", "/nowhere"])
def test_a_change_that_another_site_sends_is_refused(method: str, path: str, headers: dict[str, str]) -> None:
    response = serve(ROUTES, make_request(path, method=method, headers=JSON | headers, body=b"{}"))
    assert (response.status_code, json_in(response)["code"]) == (403, "FOREIGN_SITE")


@each_row("headers", of=OWN)
@each_row("method", of=["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_that_our_page_or_a_program_sends_is_made(method: str, headers: dict[str, str]) -> None:
    response = serve(ROUTES, make_request("/api/runs", method=method, headers=JSON | headers, body=b"{}"))
    assert json_in(response) == {"changed": True}


@each_row("headers", of=FOREIGN)
def test_reading_by_a_link_is_not_refused(headers: dict[str, str]) -> None:
    assert serve(ROUTES, make_request("/api/runs", headers=headers)).status_code == 200


def test_several_origins_must_all_be_ours() -> None:
    several = Headers([("Origin", OURS), ("Origin", "https://evil.example")])
    with pytest.raises(ForeignSiteError):
        require_own_site("DELETE", several, [OURS])


@pytest.mark.parametrize(
    ("origin", "status"), [("http://localhost", 200), ("https://localhost", 200), ("http://localhost:81", 403)]
)
def test_without_a_setting_our_origin_is_the_host_of_the_request(origin: str, status: int) -> None:
    routes = Routes({("DELETE", "/x"): change})
    assert serve(routes, make_request("/x", method="DELETE", headers={"Origin": origin})).status_code == status


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_of_another_type_is_refused(method: str, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = serve(ROUTES, make_request("/api/runs", method=method, headers=headers, body=b"{}"))
    assert (response.status_code, json_in(response)["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert "application/json" in json_in(response)["detail"]


def test_a_body_of_unknown_length_needs_a_type_too() -> None:
    request = make_chunked_request(Pieces(b"{}"))
    request.environ |= {"PATH_INFO": "/api/runs", "HTTP_TRANSFER_ENCODING": "chunked"}
    assert serve(ROUTES, request).status_code == 415


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken(kind: str) -> None:
    request = make_request("/api/runs", method="POST", headers={"Content-Type": kind}, body=b"{}")
    assert serve(ROUTES, request).status_code == 200


def test_without_a_body_no_type_is_needed() -> None:
    assert serve(ROUTES, make_request("/api/runs", method="POST")).status_code == 200
    request = make_request("/api/runs", method="POST", headers={"Content-Type": "text/plain"}, body=b"")
    assert serve(ROUTES, request).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/api/runs", 415)])
def test_an_address_may_declare_another_type(path: str, status: int) -> None:
    headers = {"Content-Type": "application/cloudevents+json"}
    assert serve(ROUTES, make_request(path, method="POST", headers=headers, body=b"{}")).status_code == status


async def _ready() -> None:
    return None


async def _stream(_request: AsyncRequest) -> AsyncResponse:
    return JSONResponse({})


async def _serve(request: AsyncRequest) -> AsyncResponse:
    return await serve_async(AsyncRoutes({"/x": _stream}, ready=_ready, origins=[OURS]), request)


ASYNC_APP = app_of(_serve)


@each_row("headers", of=FOREIGN)
def test_the_asynchronous_function_refuses_them_as_well(headers: dict[str, str]) -> None:
    assert ask_async(ASYNC_APP, "/x", headers, method="POST").status_code == 403
    assert ask_async(ASYNC_APP, "/x", headers).status_code == 200
    assert ask_async(ASYNC_APP, "/x", method="POST").status_code == 405


@pytest.mark.parametrize("path", ["/x", "/health", "/nowhere"])
def test_every_asynchronous_answer_has_the_security_headers(path: str) -> None:
    assert ask_async(ASYNC_APP, path).headers.items() >= {n.lower(): v for n, v in DEFAULT_HEADERS.items()}.items()


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/runs"), ("GET", "/nowhere"), ("TRACE", "/api/runs")])
def test_every_answer_has_the_security_headers(method: str, path: str) -> None:
    headers = serve(ROUTES, make_request(path, method=method)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
