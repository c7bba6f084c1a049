"""A healthy stack has every fact that `make verify` can try there, and is left as it was."""

import json
from contextlib import closing

import pytest
import requests

from localdev.stack.layout import BUCKETS
from localdev.stack.stack import Stack
from tools.verify.__main__ import verify
from tools.verify.facts.table import FACTS
from tools.verify.local import LocalDeployment

NOT_ON_A_LAPTOP = {"programs", "gateway", "image", "alerts", "budget"}


def test_verify_finds_a_healthy_stack_healthy(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(LocalDeployment(stack.ports, stack.folders.root)) as deployment:
        holds = verify(deployment, as_json=True)
        runs = deployment.session().get(f"{deployment.address}/api/runs", timeout=10).json()["runs"]
    results = {result["fact"]: result for result in json.loads(capsys.readouterr().out)}
    assert holds, [result for result in results.values() if result["outcome"] == "failed"]
    assert results.keys() == {fact.key for fact in FACTS}
    assert {key for key, result in results.items() if result["outcome"] == "not_here"} == NOT_ON_A_LAPTOP
    assert {run["status"] for run in runs} <= {"cancelled", "completed"}
    assert not objects_of(stack, [run["run_id"] for run in runs])


def objects_of(stack: Stack, run_ids: list[str]) -> list[str]:
    """The names of the objects of these runs in all buckets."""
    names = []
    for bucket in BUCKETS:
        for run_id in run_ids:
            address = f"http://127.0.0.1:{stack.ports.storage}/storage/v1/b/{bucket}/o?prefix=runs/{run_id}/"
            names += requests.get(address, auth=stack.secret.login, timeout=10).json().get("items", [])
    return names
