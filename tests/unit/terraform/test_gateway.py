"""API Gateway and the load balancer route all public endpoints and no private ones."""

import json
import re

from tests.support.terraform import FOLDER, tables
from tools.openapi.addresses import PUBLIC, public_addresses
from tools.openapi.gateway import STREAMING, gateway_document, gateway_text

DOCUMENT = json.loads((FOLDER / "gateway.openapi.json").read_text("utf-8"))
ROUTES = {
    (method.upper(), path): operation["x-google-backend"]
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_the_gateway_document_is_current() -> None:
    assert (FOLDER / "gateway.openapi.json").read_text("utf-8") == gateway_text()


def test_the_gateway_routes_the_public_endpoints_except_streams() -> None:
    public = {(address.method, address.path) for address in public_addresses() if address.function not in STREAMING}
    assert set(ROUTES) == public


def test_each_route_has_the_url_and_audience_of_its_function() -> None:
    functions = {(address.method, address.path): address.function for address in public_addresses()}
    for route, backend in ROUTES.items():
        assert backend["address"] == backend["jwt_audience"] == f"${{urls.{functions[route]}}}"


def test_no_private_endpoint_is_routed() -> None:
    private = set(tables()["private_functions"])
    assert private == {"queue_worker", "bucket_watcher"}
    assert not private & set(PUBLIC)
    assert not [path for _method, path in ROUTES if path.startswith("/work") or path == "/"]


def test_the_gateway_may_call_exactly_the_functions_it_routes_to() -> None:
    routed = {match for backend in ROUTES.values() for match in re.findall(r"urls\.(\w+)", backend["address"])}
    may_call = {name for name, callers in tables()["invokers"].items() if "gateway" in callers}
    assert routed == may_call


def test_the_load_balancer_routes_all_streams() -> None:
    streams = {re.sub(r"{\w+}", "*", address.path) for address in public_addresses() if address.function in STREAMING}
    assert set(tables()["streaming_paths"]) == streams
    assert set(tables()["balanced_functions"]) == STREAMING | {"console"}


def test_the_gateways_deadline_covers_each_functions_timeout() -> None:
    for backend in ROUTES.values():
        (function,) = re.findall(r"urls\.(\w+)", backend["address"])
        assert tables()["functions"][function]["timeout_s"] <= backend["deadline"]


def test_every_path_parameter_is_declared() -> None:
    document = gateway_document(public_addresses())
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {part["name"] for part in operation["parameters"]} == set(re.findall(r"{(\w+)}", path))
