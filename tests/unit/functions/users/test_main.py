"""The function as functions-framework runs it, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
IDENTITY = {
    "IAP_AUDIENCE": "/projects/1/global/backendServices/1",
    "HOSTED_DOMAIN": "lab.example",
    "DEBUG_CALLER": "ana@lab.example",
}
ASK = """
import json, sys
from functions_framework import create_app
client = create_app("users", "functions/users/main.py").test_client()
response = client.get("/api/users/me")
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


def test_the_function_answers_under_its_framework_and_loads_no_google_client(database_url: str) -> None:
    answer = ask(**IDENTITY, DATABASE_URL=database_url)
    body, modules = answer["body"], answer["modules"]
    assert isinstance(body, dict)
    assert isinstance(modules, list)
    assert (answer["status"], body["email"]) == (200, "ana@lab.example")
    unwanted = {"google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "grpc", "yaml", "starlette"}
    assert unwanted & set(modules) == set()


@pytest.mark.parametrize("gap", ["IAP_AUDIENCE", "HOSTED_DOMAIN", "DATABASE_URL"])
def test_a_gap_in_the_environment_is_an_error_of_ours(gap: str) -> None:
    environment = IDENTITY | {"DATABASE_URL": "postgresql+pg8000://app@127.0.0.1:1/sluice"}
    assert ask(**{name: value for name, value in environment.items() if name != gap})["status"] == 500
