"""Weak settings of the infrastructure, as checkov knows them; what is skipped is argued beside each resource.

checkov has a virtual environment of its own: it asks for older versions of what Sluice itself is tested with.
"""

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("checkov.lock")


class CheckovMissingError(Exception):
    """checkov is not here and could not be fetched; the message says what was tried."""


def weak_settings(folder: Path, environment: Path) -> str:
    """What checkov finds in the Terraform files of `folder`; empty when there is nothing.

    It runs in the virtual `environment`, which is made when it is not there. Raises CheckovMissingError.
    """
    program = environment / "bin" / "checkov"
    if not _has_locked(environment):
        _fetch(environment)
    options = ["--framework", "terraform", "--compact", "--quiet", "--skip-download"]
    ran = subprocess.run(
        [str(program), "--directory", str(folder), *options], capture_output=True, text=True, check=False
    )
    return "" if ran.returncode == 0 else (ran.stdout + ran.stderr).strip()


def _has_locked(environment: Path) -> bool:
    synced = environment / LOCK.name
    return synced.exists() and synced.read_bytes() == LOCK.read_bytes()


def _fetch(environment: Path) -> None:
    uv, python = str(Path(sys.executable).with_name("uv")), str(environment / "bin" / "python")
    for step in (
        [uv, "venv", "--quiet", "--clear", str(environment)],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(LOCK)],
    ):
        tried = subprocess.run(step, capture_output=True, text=True, check=False)
        if tried.returncode:
            raise CheckovMissingError(f"uv could not fetch checkov: {tried.stderr.strip()[-500:]}")
    (environment / LOCK.name).write_bytes(LOCK.read_bytes())
