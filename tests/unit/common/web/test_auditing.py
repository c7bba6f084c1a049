"""Every error is in the telemetry with who asked for what; refusals are audit records with a source."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from flask import Request, Response

from common.errors import AuthorizationError, NotFoundError, UnauthenticatedError
from common.telemetry import JsonFormatter, request_fields
from common.web.auditing import note_caller
from common.web.callers.identity import IapVerifier
from common.web.callers.keys import KeySet
from common.web.routing import Routes, serve
from tests.unit.common.web.messages import make_request
from tests.unit.common.web.signing import AUDIENCE, CALLER, DOMAIN, ec_key, iap_claims, token


class Lines:
    """The records of telemetry, as they are written."""

    def __init__(self) -> None:
        self.stream = StringIO()

    def audits(self) -> list[dict[str, Any]]:
        return [line for line in self.all() if line["logger"] == "sluice.audit"]

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    written = Lines()
    handler = logging.StreamHandler(written.stream)
    handler.setFormatter(JsonFormatter())
    root, level = logging.getLogger("sluice"), logging.getLogger("sluice").level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def refusing(error: Exception) -> Routes:
    def answer(_request: object) -> Response:
        note_caller("ana@lab.example")
        raise error

    return Routes({("GET", "/api/thing"): answer})


@pytest.mark.parametrize("error", [UnauthenticatedError("no"), AuthorizationError("no")])
def test_a_refusal_is_an_audit_record_with_caller_and_source(lines: Lines, error: Exception) -> None:
    serve(refusing(error), make_request("/api/thing", headers={"X-Forwarded-For": "203.0.113.7, 35.191.0.1"}))
    (record,) = lines.audits()
    assert (record["action"], record["method"], record["path"]) == ("request_refused", "GET", "/api/thing")
    assert (record["by"], record["source"]) == ("ana@lab.example", "203.0.113.7, 35.191.0.1")
    assert record["request_id"]
    assert record["why"] == "no"


def test_another_error_is_in_the_telemetry_but_not_in_the_audit(lines: Lines) -> None:
    serve(refusing(NotFoundError("there is no thing")), make_request("/api/thing"))
    assert not lines.audits()
    assert [(line["action"], line["status"], line["by"]) for line in lines.all()] == [
        ("request_failed", 404, "ana@lab.example")
    ]


def test_outside_a_request_no_caller_is_noted() -> None:
    note_caller("ana@lab.example")
    assert request_fields.get() is None


def test_an_admitted_program_is_in_the_audit_log_and_a_person_is_not(lines: Lines) -> None:
    key = ec_key()
    keys = KeySet("https://keys.example", fetch=lambda _url: {"a": key.public})
    verifier = IapVerifier(AUDIENCE, DOMAIN, frozenset(), keys, service_accounts=frozenset({CALLER}))

    def read(request: Request) -> Response:
        verifier.verify_iap_jwt(request.headers["X-Token"])
        return Response()

    routes = Routes({("GET", "/api/thing"): read})
    for claims in (iap_claims(email=CALLER, hd=None), iap_claims()):
        signed = token({"alg": "ES256", "kid": "a"}, claims, key.sign)
        assert serve(routes, make_request("/api/thing", headers={"X-Token": signed})).status_code == 200
    assert [(line["action"], line["by"]) for line in lines.audits()] == [("program_admitted", CALLER)]
