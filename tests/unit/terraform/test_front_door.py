"""Who reaches the functions and how often, before the functions themselves ask: load balancer, IAP and API Gateway."""

import json

import pytest

from common.composition.identity import read_identity
from common.settings import Environment
from common.web.callers.identity import ASSERTION_HEADER, IAP_ISSUER
from functions.console.endpoints import PROGRAMS
from tests.support.terraform import FOLDER, blocks, resource, tables, values_of
from tools.check_terraform.hcl import Block

DOCUMENT = json.loads((FOLDER / "gateway.openapi.json").read_text("utf-8"))
LAST = 2147483647  # the priority of the default rule


def test_the_gateway_checks_iaps_token_for_every_route() -> None:
    assert DOCUMENT["security"] == [{"iap": []}]
    overridden = [path for path, methods in DOCUMENT["paths"].items() for one in methods.values() if "security" in one]
    assert overridden == []


def test_the_gateway_trusts_the_same_issuer_and_keys_as_the_functions() -> None:
    (definition,) = DOCUMENT["securityDefinitions"].values()
    identity = read_identity(Environment({"IAP_AUDIENCE": "/projects/1/x", "HOSTED_DOMAIN": "lab.example"}))
    assert definition["x-google-issuer"] == IAP_ISSUER
    # the same keys as a JSON Web Key Set, which is the form that the gateway reads
    assert definition["x-google-jwks_uri"] == f"{identity.keys_url}-jwk"


def test_the_gateway_looks_for_the_token_in_iaps_header_only() -> None:
    (definition,) = DOCUMENT["securityDefinitions"].values()
    assert definition["x-google-jwt-locations"] == [{"header": ASSERTION_HEADER}]


def test_the_gateway_accepts_tokens_for_its_own_backend_service_only() -> None:
    (definition,) = DOCUMENT["securityDefinitions"].values()
    assert definition["x-google-audiences"] == "${iap_audience}"
    assert "iap_audience = var.gateway_audience" in (FOLDER / "gateway.tf").read_text("utf-8")
    output = next(block for block in blocks() if (block.kind, block.address) == ("output", "gateway_audience"))
    assert output.arguments["value"] == "${local.audiences.gateway}"


def test_every_backend_service_but_the_public_one_has_iap() -> None:
    backend, public = (resource("google_compute_backend_service", name) for name in ("backend", "public"))
    (iap,) = [block for block in backend.blocks if block.kind == "iap"]
    assert str(iap.arguments["enabled"]) in {"True", "true", "${true}"}
    assert [block for block in public.blocks if block.kind == "iap"] == []


def test_every_backend_service_has_a_limit_per_address() -> None:
    services = [block for block in blocks() if block.labels and block.labels[0] == "google_compute_backend_service"]
    assert len(services) == 2
    for service in services:
        assert service.arguments["security_policy"] == "${google_compute_security_policy.this.id}"


def test_without_iap_there_is_one_path_and_the_function_that_answers_it() -> None:
    assert tables()["public_path"] == PROGRAMS
    assert str(tables()["routes"]).count("public") == 2  # the path and its backend
    (backend,) = [
        block for block in resource("google_compute_backend_service", "public").blocks if block.kind == "backend"
    ]
    assert backend.arguments["group"] == "${local.backends.console}"
    assert {name for name, callers in tables()["invokers"].items() if "anyone" in callers} == {"console"}


def test_iap_takes_tokens_of_the_published_client_at_every_backend() -> None:
    settings = resource("google_iap_settings", "programs")
    assert "local.backends" in str(settings.arguments["for_each"])
    (oauth,) = settings.blocks[0].blocks
    assert oauth.arguments["programmatic_clients"] == ["${var.programs_client_id}"]
    assert tables()["settings"]["programs"]["PROGRAMS_CLIENT_ID"] == "${var.programs_client_id}"


def rules() -> dict[int, Block]:
    found = [block for block in resource("google_compute_security_policy", "this").blocks if block.kind == "rule"]
    return {int(block.arguments["priority"]): block for block in found}


def test_too_many_requests_from_one_address_are_answered_429() -> None:
    throttle = rules()[min(rules())]
    (options,) = [block for block in throttle.blocks if block.kind == "rate_limit_options"]
    (threshold,) = [block for block in options.blocks if block.kind == "rate_limit_threshold"]
    assert throttle.arguments["action"] == "throttle"
    assert options.arguments["exceed_action"] == "deny(429)"
    assert options.arguments["enforce_on_key"] == "IP"
    assert threshold.arguments["count"] == "${var.requests_per_minute_per_address}"


def test_the_policy_has_the_default_rule_that_google_demands() -> None:
    assert rules()[LAST].arguments["action"] == "allow"


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_office_with_fifty_open_pages_stays_below_the_limit(environment: str) -> None:
    variable = next(block for block in blocks() if block.address == "requests_per_minute_per_address")
    limit = values_of(environment).get("requests_per_minute_per_address", variable.arguments["default"])
    assert int(limit) >= 50 * 60  # a request per second and page


def test_gateway_streams_and_page_are_the_only_backends() -> None:
    assert tables()["backends"].keys() == {"gateway", "events", "console"}


def test_iap_lets_the_service_accounts_in_that_the_functions_admit() -> None:
    members = str(tables()["iap_members"])
    assert "serviceAccount:${account}" in members
    assert "var.service_accounts" in members
