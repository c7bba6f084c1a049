"""Each main.py in its own process: the modules it loads, and the variables it requires and refuses."""

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

GOOGLE = ("google.cloud.storage", "google.cloud.batch_v1")
RULES = "common.domain.diagnosis.rules.table"
ARCHIVER = "common.services.archive.archiver"
DELIVERY = "common.services.notifications.delivery"
BATCH_JOBS = "common.domain.batch.job"
# Only functions that use a heavy library pay for it. Nobody pays at the start for the rules of diagnoses, for reading
# the output of tasks, for writing archives or for notifications, which few requests need.
UNWANTED = {
    "runs": (*GOOGLE, "google.cloud.tasks_v2", "google.cloud.sql", "starlette", RULES),
    "logs": (*GOOGLE, "google.cloud.tasks_v2", "google.cloud.sql", "starlette", RULES, ARCHIVER, BATCH_JOBS),
    "events": (*GOOGLE, "google.cloud.tasks_v2", "google.api_core", "pydantic", RULES, BATCH_JOBS),
    "queue_worker": (*GOOGLE, "google.cloud.sql", "pydantic", "starlette", RULES, ARCHIVER, DELIVERY, "smtplib"),
    "bucket_watcher": (*GOOGLE, "google.cloud.sql", "pydantic", "starlette", RULES),
}
START_TWICE = """
import importlib, json, os, sys
from common.settings import SettingsError
main = importlib.import_module(sys.argv[1])
messages = []
for variables in json.loads(sys.argv[2]):
    os.environ.clear()
    os.environ.update(variables)
    try:
        main.endpoints()
        messages.append("")
    except SettingsError as error:
        messages.append(str(error))
print(json.dumps({"messages": messages, "modules": list(sys.modules)}))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A function's errors with a wrong and with a complete environment, and the modules loaded in the end."""

    refused: str
    accepted: str
    modules: frozenset[str]


@cache
def start(function: str) -> Start:
    """Load a function and build its endpoints with both environments."""
    environments = [forbidden_variables(function), local_variables(function)]
    process = subprocess.run(
        [
            sys.executable,
            "-c",
            START_TWICE,
            f"functions.{function}.main",
            json.dumps(environments),
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(process.stdout)
    refused, accepted = found["messages"]
    return Start(refused, accepted, frozenset(found["modules"]))


def forbidden_variables(function: str) -> dict[str, str]:
    """A deployment with forbidden variables only."""
    private = function in {"queue_worker", "bucket_watcher"}
    return {
        "K_SERVICE": function,
        "DATABASE_URL": "postgresql://x",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
        "OIDC_CERTS_URL" if private else "DEBUG_CALLER": "x",
    }


def local_variables(function: str) -> dict[str, str]:
    """The environment of the local stack; no address in it is contacted before the first request."""
    return function_environment(function, Ports(1), "postgresql+pg8000://u:p@127.0.0.1:1/d", Path("/nowhere"))


@pytest.mark.parametrize("function", UNWANTED)
def test_a_function_starts_with_the_environment_of_the_local_stack(function: str) -> None:
    assert start(function).accepted == ""


@pytest.mark.parametrize(
    ("function", "unwanted"), [(name, module) for name, some in UNWANTED.items() for module in some]
)
def test_a_function_does_not_load_what_it_does_not_use_at_its_start(function: str, unwanted: str) -> None:
    modules = start(function).modules
    assert f"functions.{function}.endpoints" in modules
    assert unwanted not in modules


@pytest.mark.parametrize("function", UNWANTED)
def test_forbidden_and_missing_variables_are_reported_together(function: str) -> None:
    message = start(function).refused
    must_not = set(forbidden_variables(function)) - {"K_SERVICE"}
    required = {
        name for name in local_variables(function) if name.endswith(("_BUCKET", "_AUDIENCE", "_QUEUE", "_CALLERS"))
    }
    assert {name for name in must_not if f"{name} must not be set in a deployment" not in message} == set()
    assert {name for name in required if f"{name} is not set" not in message} == set()
