"""The base of all stand-ins."""

import io
from collections.abc import Iterator
from email.message import Message
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.rest_service import RestService, Route, Router

JSON = {"Content-Type": "application/json"}


def _echo(request: Request, name: str) -> Json:
    return {"name": name, "query": dict(request.args), "body": request.json_object()}


def _refuse(_request: Request) -> Json:
    raise ServiceError(409, "there is one already")


def _break(_request: Request) -> Json:
    raise KeyError("a fault of the stand-in")


@pytest.fixture
def address() -> Iterator[str]:
    routes: list[Route] = [
        ("POST", '/v1/<resource("things/*"):name>:run', _echo),
        ("GET", "/v1/refuse", _refuse),
        ("GET", "/v1/break", _break),
    ]
    service = RestService(0, routes)
    service.start()
    yield f"http://127.0.0.1:{service.port}"
    service.stop()


def test_the_root_address_says_that_the_service_is_up(address: str) -> None:
    assert requests.get(address, timeout=30).json() == {"ok": True}


def test_a_handler_gets_path_query_and_body(address: str) -> None:
    response = requests.post(f"{address}/v1/things/a%20b:run?x=1&x=2&y=", json={"k": [1]}, timeout=30)
    assert response.json() == {"name": "things/a b", "query": {"x": "2", "y": ""}, "body": {"k": [1]}}


@given(st.text(min_size=1))
def test_any_name_is_read_from_an_encoded_path(name: str) -> None:
    found: list[str] = []

    def note(_request: Request, name: str) -> Json:
        found.append(name)
        return {}

    router = Router([("GET", "/one/<name>", note), ("GET", "/all/<rest:name>", note)])
    for target in (f"/one/{quote(name, safe='')}", f"/all/{quote(name, safe='/')}"):
        router.respond(Request.read("GET", target, Message(), io.BytesIO()))

    assert found == [name, name]


def test_an_error_has_googles_envelope(address: str) -> None:
    response = requests.get(f"{address}/v1/refuse", timeout=30)
    assert response.status_code == 409
    assert response.json() == {"error": {"code": 409, "message": "there is one already", "status": "ALREADY_EXISTS"}}


def test_an_unknown_address_or_method_is_not_found(address: str) -> None:
    assert requests.get(f"{address}/v1/unknown", timeout=30).status_code == 404
    assert requests.put(f"{address}/v1/refuse", timeout=30).status_code == 404


@pytest.mark.parametrize("body", ["{", "[]", "1", b"\xff\xfe\xfd"])
def test_a_body_that_is_not_a_json_object_is_refused(address: str, body: str | bytes) -> None:
    response = requests.post(f"{address}/v1/things/a:run", data=body, headers=JSON, timeout=30)
    assert response.status_code == 400
    assert response.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_fault_of_the_stand_in_gives_500_without_details(address: str) -> None:
    response = requests.get(f"{address}/v1/break", timeout=30)
    assert response.status_code == 500
    assert "a fault" not in response.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_body_of_a_type_that_forms_have_is_refused(address: str, kind: str | None) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = requests.post(f"{address}/v1/things/a:run", data='{"k": 1}', headers=headers, timeout=30)
    assert response.status_code == 415


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_site_is_refused(address: str, headers: dict[str, str]) -> None:
    response = requests.post(f"{address}/v1/things/a:run", json={}, headers=headers, timeout=30)
    assert (response.status_code, response.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_with_a_login_nobody_else_is_answered() -> None:
    service = RestService(0, [("POST", "/v1/run", lambda _request: {})])
    service.require_login(("sluice", "secret"))
    service.start()
    address = f"{service.url}/v1/run"
    logins = [None, ("sluice", ""), ("sluice", "secret2"), ("other", "secret"), ("", "")]
    refused = [requests.post(address, json={}, auth=login, timeout=30).status_code for login in logins]
    bearer = requests.post(address, json={}, headers={"Authorization": "Bearer secret"}, timeout=30)
    answered = requests.post(address, json={}, auth=("sluice", "secret"), timeout=30)
    service.stop()
    assert {*refused, bearer.status_code} == {401}
    assert answered.status_code == 200
