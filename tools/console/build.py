"""Builds the page into console/dist when its sources have changed, and checks and tests it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.console.packages import Console, digest_of
from tools.pack_function.imports import ROOT

FOLDER: Final = ROOT / "console"
OPENAPI: Final = ROOT / "functions/pipelines/openapi.json"

_MODULES: Final = "node_modules"
_TYPES: Final = f"{_MODULES}/openapi-typescript/bin/cli.js"
_VITE: Final = f"{_MODULES}/vite/bin/vite.js"
_VITEST: Final = f"{_MODULES}/vitest/vitest.mjs"
_TSC: Final = f"{_MODULES}/typescript/bin/tsc"
_NOT_SOURCES: Final = frozenset({_MODULES, "dist", "generated", "tests", "journeys", "bench", "pictures"})


def build() -> None:
    """Bring console/dist up to date. Raises PackagesMissingError, ConsoleFaultError."""
    stamp, digest = FOLDER / "dist" / ".built", digest_of([*_sources(), OPENAPI], ROOT)
    if stamp.is_file() and stamp.read_text() == digest:
        return
    console = _with_types()
    # The old page stays until the new one is complete.
    fresh = FOLDER / "dist" / ".fresh"
    console.run(_VITE, "build", "--outDir", str(fresh), "--emptyOutDir", "--logLevel", "error")
    _replace(FOLDER / "dist", fresh)
    stamp.write_text(digest)


def check() -> None:
    """Check types and sizes of the sources. Raises PackagesMissingError, ConsoleFaultError."""
    console = _with_types()
    console.run(_TSC)
    console.run(_TSC, "--project", "tools")
    console.run(_TSC, "--project", "journeys")
    console.run(_TSC, "--project", "bench")
    console.run("tools/check_sizes.ts")


def test() -> None:
    """Run the tests of the page's rules. Raises PackagesMissingError, ConsoleFaultError."""
    console = _with_types()
    console.run(_VITEST, "run", "--reporter=dot")


def journeys(variables: Mapping[str, str], names: Sequence[str] = ()) -> None:
    """Go through the journeys whose file has one of `names` in its name, or all. Raises as `check` does.

    The `variables` are those that console/journeys/support/stack.ts reads.
    """
    config = "--config", "journeys/vitest.config.ts"
    _with_types().run(_VITEST, "run", *config, *names, variables=variables)


def _with_types() -> Console:
    """The console with its packages and the types of our API."""
    console = Console(FOLDER)
    console.install()
    types, stamp = FOLDER / "generated" / "api.ts", FOLDER / "generated" / ".made"
    digest = digest_of([OPENAPI, FOLDER / "package-lock.json"], ROOT)
    if not (types.is_file() and stamp.is_file() and stamp.read_text() == digest):
        types.parent.mkdir(exist_ok=True)
        options = "--output", str(types), "--root-types", "--root-types-no-schema-prefix"
        console.run(_TYPES, str(OPENAPI), *options, is_quiet=True)
        stamp.write_text(digest)
    return console


def _sources() -> list[Path]:
    entries = [entry for entry in FOLDER.iterdir() if entry.name not in _NOT_SOURCES]
    below = [path for entry in entries for path in (entry.rglob("*") if entry.is_dir() else [entry])]
    return [path for path in below if path.is_file()]


def _replace(old: Path, fresh: Path) -> None:
    for entry in list(old.iterdir()):
        if entry == fresh:
            continue
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for entry in list(fresh.iterdir()):
        entry.rename(old / entry.name)
    fresh.rmdir()
