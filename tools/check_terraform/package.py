"""Gets the package that mirrors the provider's arguments: one wheel, below .local, read without being unpacked."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

LOCK = Path(__file__).with_name("provider.lock")


class PackageMissingError(Exception):
    """The package is not here and could not be fetched; the message says what was tried."""


class Sources:
    """The source files of one package, by path (`pulumi_gcp/storage/bucket.py`)."""

    def __init__(self, wheel: Path) -> None:
        self._zip = ZipFile(wheel)

    def read(self, path: str) -> str | None:
        """The text of a file; None when there is none."""
        try:
            return self._zip.read(f"pulumi_gcp/{path}").decode("utf-8")
        except KeyError:
            return None


def pinned_version() -> str:
    """The version in provider.lock."""
    line = next(line for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line)
    return line.partition("==")[2].split()[0]


def provider_sources(folder: Path) -> Sources:
    """The package of the locked version, from `folder` or else fetched into it. Raises PackageMissingError."""
    wanted = f"pulumi_gcp-{pinned_version()}-*.whl"
    if not list(folder.glob(wanted)):
        _fetch(folder)
    found = next(folder.glob(wanted), None)
    if found is None:
        raise PackageMissingError(f"pip put no {wanted} into {folder}")
    return Sources(found)


def _fetch(folder: Path) -> None:
    command = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    tried = subprocess.run(
        [sys.executable, "-m", "pip", *command, "-r", str(LOCK), "-d", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode:
        raise PackageMissingError(f"pip could not fetch the provider's arguments: {tried.stderr.strip()[-500:]}")
