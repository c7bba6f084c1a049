"""A Python environment with only some of the installed distributions, built from symbolic links."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path, PurePath

from tools.pack_function.installed import installed


def make_site_packages(pins: Mapping[str, str], folder: Path) -> Path:
    """Link the distributions in `pins` (version by name) into `folder`; each must be installed in that version."""
    for name, version in pins.items():
        distribution = installed()[name]
        assert distribution.version == version, f"{name} is pinned at {version}"
        _link(distribution, set(pins), folder)
    return folder


def bare_python(site_packages: Path, program: str) -> list[str]:
    """The command that runs `program` with only the standard library and `site_packages`."""
    return [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(site_packages)!r})\n{program}"]


def _link(distribution: Distribution, included: set[str], folder: Path) -> None:
    for path in distribution.files or ():
        if ".." in path.parts or path.parts[0] == "__pycache__":
            continue  # scripts, and bytecode of top-level modules
        # A folder used only by the included distributions is linked as a whole, with its bytecode.
        own = [parent for parent in [*reversed(path.parents)][1:] if _owners()[parent] <= included]
        entry = PurePath(own[0] if own else path)
        link = folder / entry
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(Path(str(distribution.locate_file(entry))))


@cache
def _owners() -> Mapping[PurePath, set[str]]:
    """The distributions that have files in each folder of site-packages."""
    owners = defaultdict[PurePath, set[str]](set)
    for name, distribution in installed().items():
        for path in distribution.files or ():
            for parent in path.parents:
                owners[PurePath(parent)].add(name)
    return owners
