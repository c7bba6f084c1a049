"""Which modules the installed distributions provide, and what they require, from their metadata.

Names of distributions are canonical: lower case, with dashes.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import PurePath
from typing import Final

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.pack_function.imports import PackError

# The platforms of Cloud Run functions: https://cloud.google.com/functions/docs/runtime-support
_TARGETS: Final = tuple(
    {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{version}.0",
        "python_version": version,
        "sys_platform": "linux",
    }
    for version in ("3.11", "3.12", "3.13")
)


@cache
def installed() -> Mapping[str, Distribution]:
    """Every installed distribution by name."""
    return {canonicalize_name(found.name): found for found in distributions()}


@cache
def provider_of(module: str) -> str | None:
    """The distribution that provides `module`; None for a namespace package, such as `google.cloud`.

    Raises PackError when no installed distribution provides it.
    """
    providers, name = _providers(), module
    while name:
        if name in providers:
            return providers[name]
        name = name.rpartition(".")[0]
    if any(known.startswith(f"{module}.") for known in providers):
        return None
    raise PackError(f"no installed package provides {module}; add it to requirements.in and run make lock")


def closure(names: Iterable[str]) -> Mapping[str, Distribution]:
    """The distributions `names` and all that they require on the functions' platform, by name.

    Raises PackError when one is not installed, because its requirements are then unknown.
    """
    found, to_read, read = dict[str, Distribution](), {(name, frozenset[str]()) for name in names}, set[object]()
    while to_read:
        entry = name, extras = to_read.pop()
        read.add(entry)
        if name not in installed():
            raise PackError(f"{name} is required but not installed here")
        found[name] = installed()[name]
        to_read |= set(_requirements(found[name], extras)) - read
    return dict(sorted(found.items()))


def _requirements(distribution: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in distribution.requires or ():
        needed = Requirement(text)
        if _applies(needed.marker, extras):
            yield canonicalize_name(needed.name), frozenset(needed.extras)


def _applies(marker: Marker | None, extras: frozenset[str]) -> bool:
    return marker is None or any(
        marker.evaluate({**target, "extra": extra}) for target in _TARGETS for extra in ("", *extras)
    )


@cache
def _providers() -> Mapping[str, str]:
    """The distribution of each installed module and package, by dotted name."""
    return {
        module: name
        for name, distribution in installed().items()
        for path in distribution.files or ()
        if (module := _module_at(path))
    }


def _module_at(path: PurePath) -> str:
    """The dotted name of a source or extension file; empty for other files."""
    if path.suffix not in {".py", ".so", ".pyd"} or ".." in path.parts:
        return ""
    parts = [*path.parts[:-1], path.name.partition(".")[0]]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
