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
    "GOOGLE_CLOUD_PROJECT": "lab",
    "BATCH_LOCATION": "europe-west1",
    "HEAD_JOB_SERVICE_ACCOUNT": "head@lab.iam.gserviceaccount.com",
}
ASK = """
import json, sys
from functions_framework import create_app
client = create_app("pipelines", "functions/pipelines/main.py").test_client()
response = client.get("/api/pipelines/nf-core/scrnaseq/schema")
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


@pytest.fixture(scope="module")
def answer() -> dict[str, object]:
    return ask(**IDENTITY)


def test_the_function_answers_under_its_framework(answer: dict[str, object]) -> None:
    body = answer["body"]
    assert answer["status"] == 200
    assert isinstance(body, dict)
    assert body["version"] == "2.7.1"


@pytest.mark.parametrize(
    "unwanted", ["pydantic", "jsonschema_rs", "sqlalchemy", "google.cloud.storage", "grpc", "yaml", "starlette"]
)
def test_the_function_does_not_load_what_it_never_uses(answer: dict[str, object], unwanted: str) -> None:
    modules = answer["modules"]
    assert isinstance(modules, list)
    assert "functions.pipelines.endpoints" in modules
    assert unwanted not in modules


def test_a_deployment_cannot_be_told_who_is_asking() -> None:
    refused = ask(**IDENTITY, K_SERVICE="pipelines")
    assert refused["status"] == 500
