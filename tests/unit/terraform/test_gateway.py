"""API Gateway and the load balancer route every public address, and nothing that is private."""

import json
import re

from tests.support.terraform import AWAITED, FOLDER, functions_on_disk, tables
from tools.openapi.addresses import PUBLIC, public_addresses
from tools.openapi.gateway import STREAMING, gateway_document, gateway_text

DOCUMENT = json.loads((FOLDER / "gateway.openapi.json").read_text("utf-8"))
ROUTES = {
    (method.upper(), path): operation["x-google-backend"]
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_the_kept_document_is_what_the_functions_say_now() -> None:
    assert (FOLDER / "gateway.openapi.json").read_text("utf-8") == gateway_text()


def test_the_gateway_routes_exactly_the_public_addresses_that_do_not_stream() -> None:
    public = {(address.method, address.path) for address in public_addresses() if address.function not in STREAMING}
    assert set(ROUTES) == public


def test_each_address_leads_to_its_own_function_as_that_functions_caller() -> None:
    functions = {(address.method, address.path): address.function for address in public_addresses()}
    for route, backend in ROUTES.items():
        assert backend["address"] == backend["jwt_audience"] == f"${{urls.{functions[route]}}}"


def test_no_private_address_is_routed() -> None:
    private = set(tables()["private_functions"])
    assert private == {"queue_worker", "bucket_watcher"}
    assert not private & set(PUBLIC)
    assert not [path for _method, path in ROUTES if path.startswith("/work") or path == "/"]


def test_the_gateway_may_call_what_it_routes_to_and_nothing_else() -> None:
    routed = {match for backend in ROUTES.values() for match in re.findall(r"urls\.(\w+)", backend["address"])}
    may_call = {name for name, callers in tables()["invokers"].items() if "gateway" in callers}
    assert routed == may_call - (AWAITED - functions_on_disk())


def test_the_load_balancer_takes_every_stream_past_the_gateway() -> None:
    streams = {re.sub(r"{\w+}", "*", address.path) for address in public_addresses() if address.function in STREAMING}
    assert set(tables()["streaming_paths"]) == streams
    assert set(tables()["streaming_functions"]) == STREAMING


def test_the_gateway_waits_as_long_as_the_functions_behind_it_may_take() -> None:
    for backend in ROUTES.values():
        (function,) = re.findall(r"urls\.(\w+)", backend["address"])
        assert tables()["functions"][function]["timeout_s"] <= backend["deadline"]


def test_parts_of_a_path_are_described_because_the_gateway_refuses_others() -> None:
    document = gateway_document(public_addresses())
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {part["name"] for part in operation["parameters"]} == set(re.findall(r"{(\w+)}", path))
