"""The permissions of each role at every described address of a run, through the public address."""

import json
from collections.abc import Iterator

import pytest
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.gateway.routing import function_for
from localdev.stack.layout import ADMIN, HOST
from localdev.stack.stack import Stack
from tests.support.run_requests import run_of_one_sample

OWNER, STRANGER, FOREIGNER = "olga@lab.example", "stranger@lab.example", "olga@elsewhere.example"
_DOCUMENT = json.loads((ROOT / "functions/pipelines/openapi.json").read_text())
ADDRESSES = [
    (method.upper(), path)
    for path, operations in _DOCUMENT["paths"].items()
    for method in operations
    if "{run_id}" in path
]
REFUSED = {STRANGER: 403, FOREIGNER: 403}


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> Iterator[str]:
    """A run of the owner, which is cancelled after the tests."""
    runs = f"{url(stack.ports.gateway)}/api/runs"
    made = requests.post(runs, json=run_of_one_sample(), headers={"X-Dev-User": OWNER}, timeout=30).json()["run_id"]
    yield made
    requests.delete(f"{runs}/{made}", headers={"X-Dev-User": OWNER}, timeout=30)


def status_for(stack: Stack, caller: str, method: str, path: str, run_id: str) -> int:
    """The status of one request; the body of a stream is not read."""
    address = url(stack.ports.gateway) + path.format(run_id=run_id, with_run_id=run_id, task_id="00-000000")
    body: dict[str, str] | None = {} if method in {"POST", "PATCH"} else None
    with requests.request(
        method, address, json=body, headers={"X-Dev-User": caller}, stream=True, allow_redirects=False, timeout=30
    ) as answer:
        return answer.status_code


def test_the_description_has_addresses_of_runs() -> None:
    assert ("GET", "/api/runs/{run_id}") in ADDRESSES
    assert ("DELETE", "/api/runs/{run_id}") in ADDRESSES


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
@pytest.mark.parametrize("caller", REFUSED)
def test_a_run_is_closed_to_everyone_but_owner_and_admins(
    stack: Stack, run_id: str, caller: str, method: str, path: str
) -> None:
    assert status_for(stack, caller, method, path, run_id) == REFUSED[caller]


@pytest.mark.parametrize(("method", "path"), [address for address in ADDRESSES if address[0] == "GET"])
@pytest.mark.parametrize("caller", [OWNER, ADMIN])
def test_a_run_is_open_to_its_owner_and_to_admins(
    stack: Stack, run_id: str, caller: str, method: str, path: str
) -> None:
    assert status_for(stack, caller, method, path, run_id) not in {401, 403, 500}


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_a_request_around_iap_is_refused(stack: Stack, method: str, path: str) -> None:
    requested = path.format(run_id="run-00000000", with_run_id="run-00000000", task_id="00-000000")
    function = function_for(requested)
    assert function
    claimed = {
        "X-Goog-Authenticated-User-Email": f"accounts.google.com:{OWNER}",
        "X-Forwarded-Authorization": "Bearer x",
    }
    address = f"http://{HOST}:{stack.ports.function(function)}{requested}"
    answer = requests.request(method, address, json={}, headers=claimed, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("query", ["all=true", f"user_email={OWNER}"])
@pytest.mark.parametrize(("caller", "status"), [(STRANGER, 403), (ADMIN, 200)])
def test_only_admins_may_list_other_peoples_runs(stack: Stack, query: str, caller: str, status: int) -> None:
    address = f"{url(stack.ports.gateway)}/api/runs?{query}"
    assert requests.get(address, headers={"X-Dev-User": caller}, timeout=30).status_code == status
