"""The commands of docs/api-guide.md do what the page says, one after the other, against the local stack."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack

PAGE = (ROOT / "docs" / "api-guide.md").read_text(encoding="utf-8")
NEEDED = ("bash", "curl", "jq")
MISSING = [program for program in NEEDED if not shutil.which(program)]


def commands() -> str:
    """Every shell block of the page as one script; it waits where it reads the events of the run and for the zip."""
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return "set -eo pipefail\n" + "\n".join(blocks)


@pytest.mark.skipif(bool(MISSING), reason=f"the guide's commands need {', '.join(MISSING)}")
def test_the_commands_of_the_guide_work(stack: Stack, tmp_path: Path) -> None:
    script = (
        commands()
        .replace("http://127.0.0.1:8080", url(stack.ports.gateway))
        .replace("run.json", f"{tmp_path}/run.json")
        .replace("again.json", f"{tmp_path}/again.json")
    )
    script = script.replace("logs.zip", f"{tmp_path}/logs.zip")
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert '"valid":true' in done.stdout
    assert "event: done" in done.stdout
    assert (tmp_path / "logs.zip").read_bytes()[:2] == b"PK"
    # The run has completed: it can neither be recovered nor cancelled, and both answers say why.
    assert done.stdout.count('"code":"CONFLICT"') == 2
