"""The local stack once it is up."""

import re
import subprocess

import pytest
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.layout import FUNCTIONS
from localdev.stack.stack import Stack
from localdev.stack.welcome import things_to_try


def test_the_commands_on_the_welcome_page_work(stack: Stack) -> None:
    script = "\n".join(["set -eu", *(re.sub(r"\bcurl ", "curl -sS --fail ", c) for _, c in things_to_try(stack.ports))])
    ran = subprocess.run(["/bin/bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"run-[0-9a-f]{8}\n", ran.stdout)
    assert "event: done" in ran.stdout


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_healthy_and_ready(stack: Stack, name: str) -> None:
    for probe in ("health", "ready"):
        assert requests.get(f"{url(stack.ports.gateway)}/_functions/{name}/{probe}", timeout=30).status_code == 200
