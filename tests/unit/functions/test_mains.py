"""Each main.py in a process of its own: what it loads, what it needs to be told, what a deployment refuses."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from localdev.stack.environment import function_environment
from localdev.stack.ports import Ports
from tools.pack_function.imports import ROOT

# what google-cloud-storage, sqlalchemy, ... cost is paid by those who use them only
UNWANTED = {
    "runs": ("google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "google.cloud.sql", "starlette"),
    "logs": ("google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "google.cloud.sql", "starlette"),
    "events": ("google.cloud.storage", "google.cloud.tasks_v2", "google.cloud.batch_v1", "google.api_core", "pydantic"),
    "queue_worker": ("google.cloud.storage", "google.cloud.batch_v1", "google.cloud.sql", "pydantic", "starlette"),
    "bucket_watcher": ("google.cloud.storage", "google.cloud.batch_v1", "google.cloud.sql", "pydantic", "starlette"),
}
BEGIN = """
import importlib, json, os, sys
from common.settings import SettingsError
main = importlib.import_module(sys.argv[1])
said = []
for told in json.loads(sys.argv[2]):
    os.environ.clear()
    os.environ.update(told)
    try:
        main.endpoints()
        said.append("")
    except SettingsError as error:
        said.append(str(error))
print(json.dumps({"said": said, "modules": list(sys.modules)}))
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a function said that was told too much and too little, and to one that was told all; what it then held."""

    refused: str
    accepted: str
    modules: frozenset[str]


@cache
def begin(function: str) -> Beginning:
    """Load a function and let it get ready for its first request, twice."""
    process = subprocess.run(
        [sys.executable, "-c", BEGIN, f"functions.{function}.main", json.dumps([stray(function), told(function)])],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(process.stdout)
    refused, accepted = found["said"]
    return Beginning(refused, accepted, frozenset(found["modules"]))


def stray(function: str) -> dict[str, str]:
    """The environment of a deployment that was told only what it must not be."""
    private = function in {"queue_worker", "bucket_watcher"}
    return {
        "K_SERVICE": function,
        "DATABASE_URL": "postgresql://x",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
        "OIDC_CERTS_URL" if private else "DEBUG_CALLER": "x",
    }


def told(function: str) -> dict[str, str]:
    """What the local stack tells a function; nothing of it is asked before the first request."""
    return function_environment(function, Ports(1), "postgresql+pg8000://u:p@127.0.0.1:1/d", Path("/nowhere"))


@pytest.mark.parametrize("function", UNWANTED)
def test_a_function_starts_with_what_it_is_told(function: str) -> None:
    assert begin(function).accepted == ""


@pytest.mark.parametrize(
    ("function", "unwanted"), [(name, module) for name, some in UNWANTED.items() for module in some]
)
def test_a_function_does_not_load_what_it_does_not_use_yet(function: str, unwanted: str) -> None:
    modules = begin(function).modules
    assert f"functions.{function}.endpoints" in modules
    assert unwanted not in modules


@pytest.mark.parametrize("function", UNWANTED)
def test_what_a_deployment_must_not_have_and_what_it_lacks_are_told_together(function: str) -> None:
    said = begin(function).refused
    must_not = set(stray(function)) - {"K_SERVICE"}
    required = {name for name in told(function) if name.endswith(("_BUCKET", "_AUDIENCE", "_QUEUE", "_CALLERS"))}
    assert {name for name in must_not if f"{name} must not be set in a deployment" not in said} == set()
    assert {name for name in required if f"{name} is not set" not in said} == set()
