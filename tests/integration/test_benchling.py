"""Benchling data through the gateway, and the rest of the API while the benchling function is down."""

import signal
import time
from urllib.parse import quote

import pytest
import requests

from localdev.stack.environment import url
from localdev.stack.stack import Stack
from localdev.stand_ins.benchling.lab import ODD_RUN_NAMES


def _get(stack: Stack, path: str) -> requests.Response:
    return requests.get(f"{url(stack.ports.gateway)}{path}", headers={"X-Dev-User": "nina@lab.example"}, timeout=30)


def test_hundreds_of_ngs_runs_can_be_listed_and_filtered(stack: Stack) -> None:
    page = _get(stack, "/api/benchling/runs?page_size=1").json()
    assert page["total"] > 300
    project = quote(page["runs"][0]["projects"][0])
    found = _get(stack, f"/api/benchling/runs?project={project}").json()
    assert 0 < found["total"] < page["total"]


@pytest.mark.parametrize("name", ODD_RUN_NAMES)
def test_unusual_run_names_pass_through_the_gateway(stack: Stack, name: str) -> None:
    answer = _get(stack, f"/api/benchling/runs/{quote(name, safe='')}/samples")
    assert (answer.status_code, answer.json()["ngs_run"]) == (200, name)


def test_every_user_can_read_the_metadata(stack: Stack) -> None:
    metadata = _get(stack, "/api/benchling/metadata").json()
    assert (metadata["stale"], "blood-atlas" in metadata["projects"]) == (False, True)


def test_other_functions_work_while_the_benchling_function_is_down(stack: Stack) -> None:
    stack.end("benchling", signal.SIGKILL)
    try:
        assert _get(stack, "/api/benchling/metadata").status_code == 503
        for path in ("/api/runs", "/api/users/me", "/api/pipelines", "/_functions/runs/ready"):
            assert _get(stack, path).status_code == 200
    finally:
        stack.start_function("benchling")
    deadline = time.monotonic() + 60
    while _get(stack, "/_functions/benchling/ready").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
