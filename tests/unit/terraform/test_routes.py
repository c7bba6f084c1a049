"""The load balancer sends every address of the API to the gateway or the streams, and all others to the page."""

import re

import pytest

from localdev.stack.gateway.routing import function_for
from tests.support.terraform import resource, tables
from tools.openapi.addresses import public_addresses

STREAMING = "events"


def backend_for(path: str) -> str:
    """The backend of the first route that matches, as the load balancer chooses it."""
    routes = [(one, "events") for one in tables()["streaming_paths"]]
    routes += [(one, "gateway") for one in tables()["gateway_paths"]]
    return next((backend for template, backend in routes if matches(template, path)), "console")


def matches(template: str, path: str) -> bool:
    """Whether a path template of the load balancer matches: a star is one segment, two are any number."""
    pattern = re.escape(template).replace(r"/\*\*", "(/.*)?").replace(r"\*", "[^/]+")
    return re.fullmatch(pattern, path) is not None


def test_the_routes_are_in_the_order_of_this_test() -> None:
    routes = str(tables()["routes"])
    assert routes.index("streaming_paths") < routes.index("gateway_paths")
    assert "console" not in routes


def test_the_page_answers_what_no_route_names() -> None:
    (matcher,) = [block for block in resource("google_compute_url_map", "https").blocks if block.kind == "path_matcher"]
    assert 'backend["console"]' in str(matcher.arguments["default_service"])


@pytest.mark.parametrize("address", sorted({(one.path, one.function) for one in public_addresses()}))
def test_every_address_of_the_api_reaches_its_backend(address: tuple[str, str]) -> None:
    template, function = address
    path = re.sub(r"\{\w+\}", "part", template)
    assert backend_for(path) == ("events" if function == STREAMING else "gateway")
    assert function_for(path) == function


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/run-1a2b3c4d/log", "/assets/index-1a2b.js", "/favicon.ico"])
def test_every_other_address_is_the_pages(path: str) -> None:
    assert (backend_for(path), function_for(path)) == ("console", "console")


def test_functions_with_a_backend_of_their_own_cannot_be_reached_past_it() -> None:
    assert set(tables()["balanced_functions"]) == tables()["backends"].keys() - {"gateway"}
    assert {name for name, callers in tables()["invokers"].items() if "iap" in callers} == set(
        tables()["balanced_functions"]
    )
