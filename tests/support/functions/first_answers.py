"""Runs a function under functions-framework in a new process: its first answers and the modules it loaded."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.pack_function.imports import ROOT

IDENTITY = {
    "IAP_AUDIENCE": "/projects/1/global/backendServices/1",
    "HOSTED_DOMAIN": "lab.example",
    "DEBUG_CALLER": "ana@lab.example",
}
_ASK = """
import json, sys
from functions_framework import create_app
name, path = sys.argv[1:]
response = create_app(name, f"functions/{name}/main.py").test_client().get(path)
print(json.dumps({"status": response.status_code, "body": response.get_json(), "modules": list(sys.modules)}))
"""
_ASK_WITHOUT_EACH = """
import json, os, sys
from functions_framework import create_app
name, path, complete = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
statuses = {}
for gap in complete:
    os.environ.clear()
    os.environ.update({variable: value for variable, value in complete.items() if variable != gap})
    statuses[gap] = create_app(name, f"functions/{name}/main.py").test_client().get(path).status_code
print(json.dumps(statuses))
"""


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Status and body of the first request, and the modules loaded by then."""

    status: int
    body: dict[str, Any]
    modules: list[str]


def ask(function: str, path: str, **environment: str) -> FirstAnswer:
    """The answer to GET `path` of a function that has only the variables in `environment`."""
    return FirstAnswer(**_printed_by(_ASK, function, path, environment=environment))


def statuses_without(function: str, path: str, environment: Mapping[str, str]) -> dict[str, int]:
    """The status of the first answer without each of the variables in `environment`, by variable."""
    complete = json.dumps(dict(environment))
    return dict(_printed_by(_ASK_WITHOUT_EACH, function, path, complete, environment={}))


def _printed_by(program: str, *arguments: str, environment: Mapping[str, str]) -> Any:  # noqa: ANN401 any JSON
    process = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(process.stdout.splitlines()[-1])
