"""Downloads the package that mirrors the provider's arguments, one wheel in .local, and reads it in place."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

LOCK = Path(__file__).with_name("provider.lock")


class PackageMissingError(Exception):
    """The package could not be downloaded; the message says why."""


class Sources:
    """The source files of one package, by path (`pulumi_gcp/storage/bucket.py`)."""

    def __init__(self, wheel: Path) -> None:
        self._zip = ZipFile(wheel)

    def read(self, path: str) -> str | None:
        """The text of a file; None if the package does not have it."""
        try:
            return self._zip.read(f"pulumi_gcp/{path}").decode("utf-8")
        except KeyError:
            return None


def pinned_version() -> str:
    """The version in provider.lock."""
    line = next(line for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line)
    return line.partition("==")[2].split()[0]


def provider_sources(folder: Path) -> Sources:
    """The package in the locked version; downloaded into `folder` if it is not there. Raises PackageMissingError."""
    pattern = f"pulumi_gcp-{pinned_version()}-*.whl"
    if not list(folder.glob(pattern)):
        _download(folder)
    found = next(folder.glob(pattern), None)
    if found is None:
        raise PackageMissingError(f"pip downloaded no {pattern} into {folder}")
    return Sources(found)


def _download(folder: Path) -> None:
    command = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    tried = subprocess.run(
        [sys.executable, "-m", "pip", *command, "-r", str(LOCK), "-d", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode:
        raise PackageMissingError(f"pip could not download the provider's arguments: {tried.stderr.strip()[-500:]}")
