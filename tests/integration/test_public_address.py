"""Requests that the public address must refuse; they create nothing."""

import json
from typing import Any

import pytest
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.layout import ADMIN
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

REQUEST: dict[str, Any] = json.loads((ROOT / EXAMPLE).read_text())
SHEET: str = REQUEST["samplesheet_csv"]
REFUSED = {
    "not JSON": ("{", 400, ""),
    "an unknown pipeline": ({"pipeline": "nf-core/nothing"}, 422, "pipeline"),
    "an unknown version": ({"pipeline_version": "9.9.9"}, 422, "pipeline_version"),
    "an unknown parameter": ({"params": {"protocoll": "10XV3"}}, 422, "params.protocoll"),
    "a missing column": ({"samplesheet_csv": SHEET.replace("fastq_2", "fastq_3", 1)}, 422, "samplesheet_csv"),
    "an empty sheet": ({"samplesheet_csv": ""}, 422, "samplesheet_csv"),
    "a sheet of headings": ({"samplesheet_csv": SHEET.partition("\n")[0] + "\n"}, 422, "samplesheet_csv"),
    "a sheet over 10 MB": ({"samplesheet_csv": SHEET + "#" * (10 << 20)}, 413, ""),
    "a config over 100 KB": ({"config_content": "/" * 102_401}, 413, ""),
}


JSON = {"Content-Type": "application/json"}


def _post(stack: Stack, body: object, **headers: str) -> requests.Response:
    data = body if isinstance(body, str) else json.dumps(body)
    return requests.post(f"{url(stack.ports.gateway)}/api/runs", data.encode(), headers=JSON | headers, timeout=60)


def _runs_of(stack: Stack, caller: str) -> int:
    answer = requests.get(f"{url(stack.ports.gateway)}/api/runs", headers={"X-Dev-User": caller}, timeout=30)
    return int(answer.json()["total"])


@pytest.mark.parametrize("what", REFUSED)
def test_an_invalid_request_names_the_field_and_creates_nothing(stack: Stack, what: str) -> None:
    change, status, field = REFUSED[what]
    answer = _post(stack, REQUEST | change if isinstance(change, dict) else change, **{"X-Dev-User": "bad@lab.example"})
    error = answer.json()
    assert (answer.status_code, _runs_of(stack, "bad@lab.example")) == (status, 0), error
    assert {"error", "detail", "code"} <= set(error)
    assert field in {fault["field"] for fault in error.get("faults", [])} | {""}


def test_an_invalid_cell_is_named_by_row_and_column(stack: Stack) -> None:
    lines = SHEET.splitlines()
    lines[2] = lines[2].replace(",5000", ",many")
    faults = _post(stack, REQUEST | {"samplesheet_csv": "\n".join(lines)}).json()["faults"]
    assert [(fault["row"], fault["column"]) for fault in faults] == [(3, "expected_cells")]


def test_a_caller_from_another_domain_is_refused(stack: Stack) -> None:
    assert _post(stack, REQUEST, **{"X-Dev-User": "eve@elsewhere.example"}).status_code == 403


@pytest.mark.parametrize("assertion", [None, "forged", "a.b.c"])
def test_a_request_around_iap_has_no_identity(stack: Stack, assertion: str | None) -> None:
    headers = {"x-goog-iap-jwt-assertion": assertion} if assertion else {}
    for name, path in (
        ("runs", "/api/runs"),
        ("pipelines", "/api/pipelines"),
        ("logs", "/api/runs/run-1a2b3c4d/logs"),
        ("users", "/api/users/me"),
    ):
        answer = requests.get(url(stack.ports.function(name)) + path, headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(("name", "path"), [("queue_worker", "/work/reconcile"), ("bucket_watcher", "/")])
def test_a_private_function_refuses_unknown_callers(stack: Stack, name: str, path: str) -> None:
    answer = requests.post(url(stack.ports.function(name)) + path, json={}, timeout=30)
    assert answer.status_code in {401, 403}


def test_only_owner_and_admins_may_use_a_run(stack: Stack) -> None:
    run_id = _post(stack, REQUEST, **{"X-Dev-User": "owner@lab.example"}).json()["run_id"]
    for part in ("", "/events", "/logs", "/tasks"):
        address = f"{url(stack.ports.gateway)}/api/runs/{run_id}{part}"
        for caller, status in (("owner@lab.example", 200), (ADMIN, 200), ("other@lab.example", 403)):
            with requests.get(address, headers={"X-Dev-User": caller}, stream=True, timeout=30) as answer:
                assert answer.status_code == status, (part, caller)
    cancelled = requests.delete(
        f"{url(stack.ports.gateway)}/api/runs/{run_id}", headers={"X-Dev-User": "owner@lab.example"}, timeout=30
    )
    assert cancelled.status_code in {200, 202}
