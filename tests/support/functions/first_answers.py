"""Runs a function under functions-framework in a new process: its first answer and the modules it loaded."""

import json
import os
import subprocess
import sys
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


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """Status and body of the first request, and the modules loaded by then."""

    status: int
    body: dict[str, Any]
    modules: list[str]


def ask(function: str, path: str, **environment: str) -> FirstAnswer:
    """The answer to GET `path` of a function that has only the variables in `environment`."""
    process = subprocess.run(
        [sys.executable, "-c", _ASK, function, path],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return FirstAnswer(**json.loads(process.stdout.splitlines()[-1]))
