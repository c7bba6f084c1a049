"""The function as functions-framework runs it, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.benchling import SharedWarehouse
from tests.support.imports import ROOT

IDENTITY = {
    "IAP_AUDIENCE": "/projects/1/global/backendServices/1",
    "HOSTED_DOMAIN": "lab.example",
    "DEBUG_CALLER": "ana@lab.example",
}
ASK = """
import json, sys
from functions_framework import create_app
client = create_app("benchling", "functions/benchling/main.py").test_client()
response = client.get("/api/benchling/runs?page_size=1")
print(json.dumps({"status": response.status_code, "body": response.get_json(), "modules": list(sys.modules)}))
"""


def ask(**environment: str) -> dict[str, object]:
    """Status and body of one request, and the modules that the process then held."""
    process = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(process.stdout.splitlines()[-1])
    return answer


def test_the_function_answers_under_its_framework_and_loads_no_google_client(warehouse: SharedWarehouse) -> None:
    answer = ask(**IDENTITY, BENCHLING_URL=warehouse.reader)
    body, modules = answer["body"], answer["modules"]
    assert isinstance(body, dict)
    assert isinstance(modules, list)
    assert (answer["status"], len(body["runs"])) == (200, 1)
    unwanted = {
        "google.cloud.storage",
        "google.cloud.tasks_v2",
        "google.cloud.sql",
        "grpc",
        "jsonschema_rs",
        "yaml",
        "starlette",
    }
    assert unwanted & set(modules) == set()


@pytest.mark.parametrize("gap", ["IAP_AUDIENCE", "HOSTED_DOMAIN", "BENCHLING_URL"])
def test_a_gap_in_the_environment_is_an_error_of_ours(gap: str) -> None:
    environment = IDENTITY | {"BENCHLING_URL": "postgresql://u:p@127.0.0.1:1/w?sslmode=disable"}
    assert ask(**{name: value for name, value in environment.items() if name != gap})["status"] == 500
