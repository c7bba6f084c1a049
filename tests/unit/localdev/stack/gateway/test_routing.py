"""Each address is routed to one function; private functions are never routed."""

import pytest

from localdev.stack.gateway.routing import function_for
from localdev.stack.layout import FUNCTIONS

ADDRESSES = {
    "/api/runs": "runs",
    "/api/runs/run-1a2b3c4d": "runs",
    "/api/runs/run-1a2b3c4d/recover": "runs",
    "/api/runs/run-1a2b3c4d/files": "runs",
    "/api/runs/run-1a2b3c4d/events": "events",
    "/api/runs/run-1a2b3c4d/logs": "logs",
    "/api/runs/run-1a2b3c4d/logs/download": "logs",
    "/api/runs/run-1a2b3c4d/logs/stream": "events",
    "/api/runs/run-1a2b3c4d/tasks": "logs",
    "/api/runs/run-1a2b3c4d/tasks/ab-123456/logs": "logs",
    "/api/runs/run-1a2b3c4d/tasks/ab-123456/logs/stream": "events",
    "/api/runs/run-1a2b3c4d/cost": "insight",
    "/api/runs/run-1a2b3c4d/cost/tasks": "insight",
    "/api/costs": "insight",
    "/api/runs/run-1a2b3c4d/failure": "insight",
    "/api/runs/run-1a2b3c4d/compare": "insight",
    "/api/runs/run-1a2b3c4d/compare/run-0f0e0d0c": "insight",
    "/api/failures": "insight",
    "/api/search": "insight",
    "/api/runs/run-1a2b3c4d/efficiency": "insight",
    "/api/pipelines/nf-core/scrnaseq/advice": "insight",
    "/api/pipelines": "pipelines",
    "/api/pipelines/nf-core/scrnaseq/schema": "pipelines",
    "/api/benchling/runs": "benchling",
    "/api/benchling/runs/a/b/samples": "benchling",
    "/api/benchling/runs/a b/samplesheet": "benchling",
    "/api/benchling/metadata": "benchling",
    "/api/users/me": "users",
    "/api/users": "users",
    "/openapi.json": "pipelines",
    "/docs": "pipelines",
    "/docs/start.js": "pipelines",
    "/": "console",
    "/runs/run-1a2b3c4d/log": "console",
    "/assets/index-1a2b.js": "console",
    "/apis": "console",
}


@pytest.mark.parametrize(("path", "function"), ADDRESSES.items())
def test_an_address_is_routed_to_its_function(path: str, function: str) -> None:
    assert function_for(path) == function


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/runsx", "/api/benchlingx", "/api/runs/a\n", "/api/runs/a\nb/events", "/runs\n"]
)
def test_any_other_address_is_not_routed(path: str) -> None:
    assert function_for(path) is None


def test_the_private_functions_are_never_routed() -> None:
    assert {"queue_worker", "bucket_watcher"} == set(FUNCTIONS) - set(ADDRESSES.values())
