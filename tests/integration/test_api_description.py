"""The published description matches the answers, and a working client can be generated from it."""

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from localdev.stack.environment import ROOT, base_environment, url
from localdev.stack.layout import ADMIN
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE
from tests.support.run_requests import run_of_one_sample
from tools.openapi.addresses import PublicAddress, public_addresses
from tools.openapi.headers import REQUEST_HEADERS
from tools.openapi.operations import operation_object

FUZZER = "fuzzer@lab.example"
WITH_PARAMETERS = {f"{each.method} {each.path}": each for each in public_addresses() if each.operation.query}
READ_BY_EXAMPLE = {
    each.path: each for each in public_addresses() if each.method == "GET" and "run_id" not in each.parts
}


@pytest.fixture(scope="module")
def ended_run(stack: Stack) -> str:
    """The id of a run that has ended, so that the stream of its events ends."""
    runs, headers = f"{url(stack.ports.gateway)}/api/runs", {"X-Dev-User": FUZZER}
    run_id = str(requests.post(runs, json=run_of_one_sample(), headers=headers, timeout=30).json()["run_id"])
    deadline = time.monotonic() + 100
    while requests.delete(f"{runs}/{run_id}", headers=headers, timeout=30).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return run_id


def _tool(name: str, *arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the virtual environment in a new folder."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    return subprocess.run(
        command, cwd=folder, env=base_environment() | environment, capture_output=True, text=True, check=False
    )


def test_every_answer_matches_the_description(stack: Stack, ended_run: str, tmp_path: Path) -> None:
    settings = str(Path(__file__).with_name("schemathesis.toml"))
    described = f"{url(stack.ports.gateway)}/openapi.json"
    fuzzed = _tool(
        "schemathesis", "--config-file", settings, "run", described, "--no-color",
        folder=tmp_path, RUN_ID=ended_run, CALLER=FUZZER,
        SCHEMATHESIS_HOOKS="tests.support.fuzzer_hooks", PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_exactly_the_described_parameters_are_read(stack: Stack, ended_run: str, name: str) -> None:
    address = WITH_PARAMETERS[name]
    described = [part["name"] for part in operation_object(address).get("parameters", []) if part.get("in") == "query"]
    known = f"it takes {', '.join(sorted(described))}" if described else "it takes none"
    faults = _ask(stack, address, ended_run).json()["faults"]
    # a search also says that it lacks its words
    assert ("unheard_of", f"is not a parameter of this address; {known}") in [
        (fault["field"], fault["message"]) for fault in faults
    ]


def _ask(stack: Stack, address: PublicAddress, run_id: str) -> requests.Response:
    """Ask as an administrator, with one parameter that no address has."""
    parts = {
        "run_id": run_id,
        "with_run_id": run_id,
        "owner": "nf-core",
        "name": "scrnaseq",
        "asset": "start.js",
        "task_id": "1",
        "ngs_run": "a b",
    }
    path = address.path.format_map(parts)
    return requests.request(
        address.method,
        f"{url(stack.ports.gateway)}{path}?unheard_of=1",
        json={} if address.operation.body else None,
        headers={"X-Dev-User": ADMIN},
        timeout=30,
    )


@pytest.mark.parametrize("name", READ_BY_EXAMPLE)
def test_what_needs_no_run_is_read_with_the_examples_as_they_are(stack: Stack, name: str) -> None:
    """So that "Try it" in /docs works at once; ids of runs have to be filled in."""
    address = READ_BY_EXAMPLE[name]
    described = operation_object(address).get("parameters", [])
    filled_in = {part["name"]: part["example"] for part in described if "example" in part}
    path = address.path.format_map({name: quote(value, safe="") for name, value in filled_in.items()})
    query = {name: value for name, value in filled_in.items() if name not in address.parts}
    answer = requests.get(f"{url(stack.ports.gateway)}{path}", params=query, timeout=30)
    assert answer.status_code == 200, answer.text


def test_no_header_is_filled_in_beforehand() -> None:
    assert all("example" not in header and "default" not in header["schema"] for header in REQUEST_HEADERS.values())


def test_a_generated_client_creates_lists_reads_and_cancels_a_run(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _generated_client(stack, tmp_path, monkeypatch) as client:
        body = _part("models").RunCreateRequest.from_dict(json.loads((ROOT / EXAMPLE).read_text()))
        key = "made-by-a-generated-client"
        created = _part("api.runs.create_run").sync_detailed(client=client, body=body, idempotency_key=key)
        again = _part("api.runs.create_run").sync_detailed(client=client, body=body, idempotency_key=key)
        listed = _part("api.runs.list_runs").sync(client=client, page_size=1)
        read = _part("api.runs.get_run").sync(created.parsed.run_id, client=client)
        cancelled = _part("api.runs.cancel_run").sync_detailed(created.parsed.run_id, client=client)

    assert (created.status_code, again.parsed.run_id) == (201, created.parsed.run_id)
    assert [run.run_id for run in listed.runs] == [created.parsed.run_id]
    assert (read.pipeline, read.sample_count) == ("nf-core/scrnaseq", 4)
    assert cancelled.status_code in {200, 202}
    assert cancelled.parsed.cancel_requested_at or cancelled.parsed.cancelled_at


def _generated_client(stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 generated by the test
    """A client generated from the description that the stack serves, as the package `made`."""
    settings = folder / "generator.json"
    settings.write_text('{"post_hooks": []}')
    made = _tool(
        "openapi-python-client", "generate", "--url", f"{url(stack.ports.gateway)}/openapi.json",
        "--output-path", "made", "--meta", "none", "--config", str(settings), "--fail-on-warning",
        folder=folder,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(folder)
    return _part("client").Client(
        base_url=url(stack.ports.gateway),
        headers={"X-Dev-User": "generated@lab.example"},
        httpx_args={"trust_env": False},
        raise_on_unexpected_status=True,
    )


def _part(name: str) -> Any:  # noqa: ANN401 generated by the test
    return importlib.import_module(f"made.{name}")
