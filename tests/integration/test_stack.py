"""The local stack once it is up."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.layout import FUNCTIONS
from localdev.stack.stack import Stack
from localdev.stack.welcome import things_to_try


def test_the_commands_on_the_welcome_page_work(stack: Stack, tmp_path: Path) -> None:
    script = "\n".join(["set -eu", *(re.sub(r"\bcurl ", "curl -sS --fail ", c) for _, c in things_to_try(stack.ports))])
    script = script.replace(".venv/bin/python", sys.executable)
    own = {"XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "SLUICE_USER": "welcome@lab.example"}
    command = ["/bin/bash", "-c", script]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | own, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^run-[0-9a-f]{8}\n", ran.stdout, re.MULTILINE)
    assert "ended: completed" in ran.stdout
    assert re.search(r"^run-[0-9a-f]{8} cancelling\n", ran.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_healthy_and_ready(stack: Stack, name: str) -> None:
    for probe in ("health", "ready"):
        assert requests.get(f"{url(stack.ports.gateway)}/_functions/{name}/{probe}", timeout=30).status_code == 200
