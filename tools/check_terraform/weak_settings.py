"""Finds weak settings with checkov; each skipped rule has its reason beside the resource.

checkov has its own virtual environment, because it requires older versions of packages that Sluice uses.
"""

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("checkov.lock")


class CheckovMissingError(Exception):
    """checkov could not be installed; the message says why."""


def weak_settings(folder: Path, environment: Path) -> str:
    """checkov's report on the Terraform files of `folder`; empty if it finds nothing.

    It runs in the virtual `environment`, which is created if it is missing. Raises CheckovMissingError.
    """
    program = environment / "bin" / "checkov"
    if not _has_locked(environment):
        _install(environment)
    options = ["--framework", "terraform", "--compact", "--quiet", "--skip-download"]
    ran = subprocess.run(
        [str(program), "--directory", str(folder), *options], capture_output=True, text=True, check=False
    )
    return "" if ran.returncode == 0 else (ran.stdout + ran.stderr).strip()


def _has_locked(environment: Path) -> bool:
    synced = environment / LOCK.name
    return synced.exists() and synced.read_bytes() == LOCK.read_bytes()


def _install(environment: Path) -> None:
    uv, python = str(Path(sys.executable).with_name("uv")), str(environment / "bin" / "python")
    for step in (
        [uv, "venv", "--quiet", "--clear", str(environment)],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(LOCK)],
    ):
        tried = subprocess.run(step, capture_output=True, text=True, check=False)
        if tried.returncode:
            raise CheckovMissingError(f"uv could not install checkov: {tried.stderr.strip()[-500:]}")
    (environment / LOCK.name).write_bytes(LOCK.read_bytes())
