"""A function runs under the command functions-framework, with the environment that `make env` prints."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.layout import DEFAULT_USER, HOST
from localdev.stack.ports import free_port
from localdev.stack.show_environment import as_commands, variables_of
from localdev.stack.stack import Stack

FRAMEWORK = Path(sys.executable).with_name("functions-framework")


def _answer(process: subprocess.Popen[bytes], address: str) -> requests.Response:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return requests.get(address, timeout=30)
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"{address} did not answer; the function ended with {process.poll()}")


@pytest.mark.parametrize(
    ("name", "path", "status"), [("runs", "/api/runs?page_size=1", 200), ("events", "/api/runs/run-none/events", 404)]
)
def test_a_function_answers_its_caller(stack: Stack, name: str, path: str, status: int) -> None:
    port = free_port()
    served = f'exec "{FRAMEWORK}" --target {name} --source functions/{name}/main.py --host {HOST} --port {port}'
    command = as_commands(variables_of(name, stack.folders.root)) + served
    bare = {"PATH": os.environ["PATH"], "DEBUG_CALLER": DEFAULT_USER}
    with subprocess.Popen(["/bin/sh", "-c", command], cwd=ROOT, env=bare) as process:
        try:
            assert _answer(process, url(port) + path).status_code == status
        finally:
            process.terminate()
