"""What a web page in a browser on this machine, or another user of it, can do with a running stack: nothing."""

import json
from collections.abc import Mapping

import pytest
import requests
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from localdev.stack.environment import url
from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.layout import DEFAULT_USER, FUNCTIONS, PARENT, RUNS_BUCKET, TASKS_CALLER
from localdev.stack.stack import Stack
from localdev.stand_ins.oidc import OidcSigner

STAND_INS = ("storage", "tasks", "batch", "logging")
LISTENERS = ("gateway", *STAND_INS, *FUNCTIONS)
JSON = {"Content-Type": "application/json"}
FORM_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")
FOREIGN: tuple[dict[str, str], ...] = (
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example:8080"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
)
ADDRESSES = {
    "storage": f"/storage/v1/b/{RUNS_BUCKET}/o",
    "tasks": f"/v2/{PARENT}/queues",
    "batch": f"/v1/{PARENT}/jobs",
    "logging": "/v2/projects/local-lab/logs",
}
CHANGES = {
    "runs": ("POST", "/api/runs"),
    "pipelines": ("POST", "/api/pipelines/nf-core/scrnaseq/validate"),
    "logs": ("DELETE", "/api/runs/run-00000000/logs"),
    "events": ("POST", "/api/runs/run-00000000/events"),
    "queue_worker": ("POST", "/work/reconcile"),
    "bucket_watcher": ("POST", "/"),
    "users": ("PATCH", "/api/users/me"),
    "insight": ("POST", "/api/runs/run-00000000/cost"),
    "benchling": ("POST", "/api/benchling/runs"),
    "console": ("POST", "/runs"),
}


def ask(
    stack: Stack, name: str, headers: Mapping[str, str], *, method: str = "GET", path: str = "/", body: str = ""
) -> requests.Response:
    address = url(stack.ports.all()[name]) + path
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, address, headers=dict(headers), data=body.encode(), timeout=30)


def identity(stack: Stack, name: str) -> dict[str, str]:
    """A genuine identity of a caller of a function."""
    if name in {"queue_worker", "bucket_watcher"}:
        token = OidcSigner(stack.folders.keys).token(TASKS_CALLER, url(stack.ports.function(name)))
        return {"Authorization": f"Bearer {token}"}
    return {ASSERTION_HEADER: IapSigner(stack.folders.keys).assertion(DEFAULT_USER)}


def job(command: str) -> str:
    return json.dumps({"taskGroups": [{"taskCount": "1", "taskSpec": {"runnables": [{"script": {"text": command}}]}}]})


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("name", LISTENERS)
def test_no_listener_answers_another_site(stack: Stack, name: str, headers: dict[str, str]) -> None:
    for path in ("/", ADDRESSES.get(name, "/health")):
        assert ask(stack, name, headers, path=path).status_code == 403
        assert ask(stack, name, headers | JSON, method="POST", path=path, body="{}").status_code == 403
    login = requests.auth.HTTPBasicAuth(*stack.secret.login)
    address = url(stack.ports.all()[name]) + "/"
    assert requests.get(address, headers=dict(headers), auth=login, timeout=30).status_code == 403


@pytest.mark.parametrize("name", STAND_INS)
def test_no_stand_in_answers_without_the_secret(stack: Stack, name: str) -> None:
    for headers in ({}, {"Authorization": "Basic c2x1aWNlOg=="}, {"Authorization": "Bearer x"}, {"Origin": "null"}):
        assert ask(stack, name, headers, path=ADDRESSES[name]).status_code in {401, 403}
        assert ask(stack, name, headers).status_code in {401, 403}
    session = requests.Session()
    session.auth = stack.secret.login
    assert session.get(url(stack.ports.all()[name]) + ADDRESSES[name], timeout=30).status_code == 200


def test_no_page_makes_batch_run_a_command(stack: Stack) -> None:
    path, command = f"{ADDRESSES['batch']}?jobId=evil", job("true")
    for kind in (*FORM_TYPES, "application/json"):
        assert ask(stack, "batch", {"Content-Type": kind}, method="POST", path=path, body=command).status_code == 401
    session = requests.Session()
    session.auth = stack.secret.login
    for kind in FORM_TYPES:
        answer = session.post(url(stack.ports.batch) + path, data=command, headers={"Content-Type": kind}, timeout=30)
        assert answer.status_code == 415
    jobs = session.get(url(stack.ports.batch) + ADDRESSES["batch"], timeout=30).json()["jobs"]
    assert not [found for found in jobs if found["name"].endswith("/evil")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_genuine_identity_does_not_help_a_page_of_another_site(stack: Stack, name: str) -> None:
    method, path = CHANGES[name]
    genuine = identity(stack, name)
    page = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for kind in FORM_TYPES:
        sent = genuine | page | {"Content-Type": kind}
        assert ask(stack, name, sent, method=method, path=path, body="{}").status_code == 403
        without = ask(stack, name, genuine | {"Content-Type": kind}, method=method, path=path, body="{}").status_code
        assert without in {400, 404, 405, 415}  # 400 where a form is taken; 404, 405 where there is nothing to change
    assert ask(stack, name, genuine | page | JSON, method=method, path=path, body="{}").status_code == 403


@pytest.mark.parametrize("kind", FORM_TYPES)
def test_the_gateway_gives_no_form_the_identity_of_its_user(stack: Stack, kind: str) -> None:
    page = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Content-Type": kind}
    assert ask(stack, "gateway", page, method="POST", path="/api/runs", body="{}").status_code == 403
    without = ask(stack, "gateway", {"Content-Type": kind}, method="POST", path="/api/runs", body="{}").status_code
    assert without in {400, 415}  # 400: a form is taken from a program, but `{}` is none


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_page_of_the_gateway_may_send_requests(stack: Stack, host: str) -> None:
    at = f"{host}:{stack.ports.gateway}"
    page = {"Host": at, "Origin": f"http://{at}", "Sec-Fetch-Site": "same-origin", **JSON}
    path = "/api/pipelines/nf-core/scrnaseq/validate"
    assert ask(stack, "gateway", page, method="POST", path=path, body="{}").status_code in {200, 422}


def test_a_link_to_the_gateway_may_be_followed(stack: Stack) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert ask(stack, "gateway", link, path="/api/pipelines").status_code == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/api/pipelines", "/api/runs", "/nowhere", "/api/runs/run-00000000"])
def test_every_answer_tells_browsers_to_be_careful(stack: Stack, path: str) -> None:
    headers = ask(stack, "gateway", {"Accept": "text/html"}, path=path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_answer_of_a_function_does(stack: Stack, name: str, method: str) -> None:
    for path in ("/health", "/nowhere"):
        headers = ask(stack, name, {}, method=method, path=path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("name", LISTENERS)
def test_no_listener_lets_every_origin_read(stack: Stack, name: str) -> None:
    for origin in (url(stack.ports.gateway), "https://evil.example"):
        answer = ask(stack, name, {"Origin": origin}, method="OPTIONS", path=ADDRESSES.get(name, "/health"))
        assert answer.headers.get("Access-Control-Allow-Origin") in {None, url(stack.ports.gateway)}


def test_the_state_is_private(stack: Stack) -> None:
    assert stack.folders.root.stat().st_mode & 0o777 == 0o700
    files = [path for path in stack.folders.keys.rglob("*") if path.is_file()]
    secrets = [path for path in files if path.suffix not in {".crt", ".pub", ".lock"}]
    assert {path.stat().st_mode & 0o777 for path in secrets} == {0o600}
    written = [path for path in stack.folders.storage.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if path.stat().st_mode & 0o077]


@pytest.mark.parametrize("role", ["app", "sluice_owner", "sluice_functions", "benchling_reader", "postgres"])
def test_postgres_asks_for_a_password(stack: Stack, role: str) -> None:
    for database in ("sluice", "benchling", "postgres"):
        for login in (f"{role}:wrong", f"{role}:{role}", f"{role}:{stack.secret.login[1]}"):
            engine = create_engine(f"postgresql+pg8000://{login}@127.0.0.1:{stack.ports.postgres}/{database}")
            with pytest.raises(DBAPIError), engine.connect() as connection:
                connection.execute(text("SELECT 1"))
