"""Requests that no ordinary client sends, to every listener and every unsafe address of a running stack."""

import gzip
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Final

import pytest
import requests

from localdev.stack.gateway.iap import ASSERTION_HEADER, IapSigner
from localdev.stack.gateway.routing import function_for
from localdev.stack.layout import FUNCTIONS, HOST
from localdev.stack.stack import Stack
from tests.support.attacker import User, answers_to
from tools.openapi.addresses import public_addresses

OWNER: Final = "raw@lab.example"
STAND_INS: Final = ("storage", "tasks", "batch", "logging")
LISTENERS: Final = ("gateway", *STAND_INS, *FUNCTIONS)
METHODS: Final = ("TRACE", "TRACK", "PROPFIND", "FOO", "CONNECT", "PUT", "PATCH", "DELETE")
JSON: Final = "application/json"
FORM_TYPES: Final = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/plain; application/json", "application/json, text/plain", "application/jsonx", "text/json",
    "application/vnd.api+json",
    "image/png", "x", "",
)  # fmt: skip
FOREIGN: Final = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "https://evil.example#http://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "CROSS-SITE"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
)
Case = tuple[tuple[str, str], str, dict[str, str]]  # the address, the type of the body, other headers
_PARTS: Final = {"owner": "nf-core", "name": "scrnaseq", "ngs_run": "NB0231", "asset": "start.js", "task_id": "00-0"}
UNSAFE: Final = [
    (each.method.upper(), each.path.format(run_id="run-00000000", with_run_id="run-00000000", **_PARTS))
    for each in public_addresses()
    if each.method.upper() not in {"GET", "HEAD"}
]


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> Iterator[str]:
    owner = User(stack, OWNER)
    made = str(owner.submit().json()["run_id"])
    yield made
    owner.ask("DELETE", f"/api/runs/{made}")


def genuine(stack: Stack) -> dict[str, str]:
    return {ASSERTION_HEADER: IapSigner(stack.folders.keys).assertion(OWNER)}


def to_function(stack: Stack, path: str) -> str:
    function = function_for(path)
    assert function
    return f"http://{HOST}:{stack.ports.function(function)}{path}"


def refused_with(case: Case) -> int:
    """415, and 400 where a form is taken, because `{}` is none."""
    address, kind, _ = case
    return 400 if address == ("POST", "/api/runs") and kind.startswith("multipart/form-data") else 415


def test_every_unsafe_address_refuses_forms_and_foreign_sites(stack: Stack) -> None:
    """With a genuine identity, at the function itself, as a browser behind IAP would reach it."""
    identity = genuine(stack)

    def status_of(case: Case) -> tuple[Case, int]:
        (method, path), kind, headers = case
        sent = identity | headers | ({"Content-Type": kind} if kind else {})
        answer = requests.request(method, to_function(stack, path), data=b"{}", headers=sent, timeout=60)
        return case, answer.status_code

    forms: list[Case] = [(address, kind, {}) for address, kind in product(UNSAFE, FORM_TYPES)]
    foreign: list[Case] = [(address, JSON, headers) for address, headers in product(UNSAFE, FOREIGN)]
    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(status_of, [*forms, *foreign]))
    assert [(case, status) for case, status in statuses[: len(forms)] if status != refused_with(case)] == []
    assert [(case, status) for case, status in statuses[len(forms) :] if status != 403] == []
    assert len(UNSAFE) >= 6


@pytest.mark.parametrize("name", LISTENERS)
def test_no_listener_is_confused_by_a_strange_method(stack: Stack, name: str) -> None:
    port = stack.ports.all()[name]
    for method, path in product(METHODS, ("/health", "/", "/api/runs")):
        answer = requests.request(method, f"http://{HOST}:{port}{path}", timeout=60, allow_redirects=False)
        assert 400 <= answer.status_code < 500 or answer.status_code == 501, (method, path, answer.status_code)
        assert "trace" not in answer.text.lower() or method == "TRACE"
        if name in FUNCTIONS:
            assert answer.headers["X-Request-Id"], (method, path)
            assert {"error", "detail", "code"} <= set(answer.json())
            assert ("Allow" in answer.headers) == (answer.status_code == 405)


BEGINNING: Final = b"POST /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
SMUGGLED: Final = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Smuggled: 1\r\n\r\n"
FRAMINGS: Final = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "two equal lengths": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": b"Content-Length: 5, 6\r\n\r\nabcdef",
    "a length with a sign": b"Content-Length: +5\r\n\r\nabcde",
    "a negative length": b"Content-Length: -1\r\n\r\nabcde",
    "a length in hexadecimal": b"Content-Length: 0x5\r\n\r\nabcde",
    "a huge length": b"Content-Length: 99999999999999999999\r\n\r\nabcde",
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a coding after a blank": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a coding in a folded line": b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a huge chunk": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n0\r\n\r\n",
    "a chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n",
    "a bare line feed": b"X-A: b\nX-C: d\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a header": b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n",
    "a header of 300 KiB": b"X-A: " + b"a" * 300_000 + b"\r\n\r\n",
    "10,000 headers": b"".join(b"X-%d: a\r\n" % number for number in range(10_000)) + b"\r\n",
}


@pytest.mark.parametrize("name", LISTENERS)
def test_no_listener_lets_a_request_hide_in_another(stack: Stack, name: str) -> None:
    """Whatever a listener makes of the framing, it lives on and shows no error of its own."""
    port = stack.ports.all()[name]
    for framing, rest in FRAMINGS.items():
        answered = answers_to(port, BEGINNING + rest)
        statuses = [line.split()[1] for line in answered.split(b"\r\n") if line.startswith(b"HTTP/1.")]
        assert b"Traceback" not in answered, framing
        assert not any(status.startswith(b"5") and status != b"501" for status in statuses), (framing, statuses)
    assert requests.get(f"http://{HOST}:{port}/health", timeout=60).status_code in {200, 401, 404}


def body_bombs() -> dict[str, tuple[bytes, dict[str, str]]]:
    many = 2_000_000
    return {
        "deep lists": (b'{"params": ' + b"[" * many + b"]" * many + b"}", {}),
        "deep objects": (b'{"a":' * many + b"1" + b"}" * many, {}),
        "many objects": (b'{"params": [' + b"{}," * many + b"{}]}", {}),
        "many names": (b"{" + b"".join(b'"%d":1,' % number for number in range(many // 2)) + b'"a":1}', {}),
        "a long number": (b'{"a":' + b"9" * many + b"}", {}),
        "a large exponent": (b'{"a": 1e999999999}', {}),
        "lone surrogates": (b'{"samplesheet_csv": "' + b"\\ud800" * 100_000 + b'"}', {}),
        "NULs": (b'{"samplesheet_csv": "' + b"\\u0000" * 100_000 + b'"}', {}),
        "not UTF-8": (b"\xff\xfe" + b"{}" * 1_000, {}),
        "a zip bomb": (gzip.compress(b" " * (200 << 20)), {"Content-Encoding": "gzip"}),
        "30 MiB": (b'{"samplesheet_csv": "' + b"x" * (30 << 20) + b'"}', {}),
    }


@pytest.mark.parametrize("name", list(body_bombs()))
def test_no_body_stops_an_instance(stack: Stack, name: str) -> None:
    body, headers = body_bombs()[name]
    sent = {"Content-Type": JSON} | headers
    for method, path in UNSAFE:
        if method == "DELETE":
            continue
        user = User(stack, f"bomb-{uuid.uuid4().hex[:8]}@lab.example")  # each may send so many MiB a minute
        began = time.monotonic()
        answer = user.ask(method, path, data=body, headers=sent)
        # 503 of the gateway: the function has answered and does not read the rest
        assert answer.status_code in {400, 403, 404, 413, 422, 503}, (path, answer.status_code)
        assert time.monotonic() - began < 60
        assert user.ask("GET", "/api/runs").status_code == 200


PATHS: Final = (
    "/api/runs/..%2f..%2fhealth", "/api/runs/%2e%2e/users/me", "/api/runs/{run}%2fevents", "/api/runs/{run}%3fall=true",
    "/api/runs/{run}/files?group=../logs", "/api/runs/{run}/tasks/..%2f..%2frun-00000001/logs",
    "/api/runs/{run}/tasks/%00/logs", "/api/runs/{run}%00", "/api/runs/{run}%0d%0aX-Evil:%201",
    "/api/runs/{run}%E2%80%AE",
    "/api/runs/{run}%ff", "/api/runs/{run}/tasks/00-000000%2500/logs", "/api/runs//{run}", "/api/runs/{run}/",
    "/api/runs/{run};a=b", "/api/runs/{run}/logs/download%2f..%2f..", "/api/benchling/runs/..%2f..%2f..%2fetc/samples",
    "/docs/..%2f..%2fmain.py", "/docs/%2e%2e/%2e%2e/etc/passwd", "/_functions/..%2fruns/health",
    "/api/pipelines/../..%2f/x",
    "/api/users/me%2f..%2fana", "/api/runs/%EF%BC%B2un-00000000", "/api/runs/%F0%9F%92%A9",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_spelling_of_a_path_leads_elsewhere(stack: Stack, run_id: str, path: str) -> None:
    """A stranger learns nothing about the run of the owner, and nobody reads files of the server."""
    for email in (OWNER, "stranger@lab.example"):
        with User(stack, email).ask("GET", path.format(run=run_id), allow_redirects=False, stream=True) as answer:
            assert "X-Evil" not in answer.headers
            if email == OWNER and answer.status_code == 200:  # another spelling of what the owner may read
                assert answer.headers["Content-Type"].startswith(("text/event-stream", "application/json"))
                continue
            assert answer.status_code in {400, 403, 404, 422}, answer.status_code
            assert "root:" not in answer.text
            assert "import " not in answer.text
