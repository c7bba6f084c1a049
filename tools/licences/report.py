"""docs/licences.md: the third-party packages that are deployed, with their licences."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final

from tools.licences.terms import ALLOWED, is_allowed, licence_of
from tools.pack_function.imports import ROOT
from tools.pack_function.installed import closure
from tools.pack_function.pack import functions_in
from tools.pack_function.requirements import pins_of

_MODULES: Final = "node_modules/"


def deployed(root: Path = ROOT) -> Mapping[str, Distribution]:
    """The distributions that any function is deployed with, by name."""
    return closure({name for function in functions_in(root) for name in pins_of(function, root)})


@dataclass(frozen=True, slots=True, order=True)
class LicensedPackage:
    """A package and the licence that its metadata state; empty when they state none."""

    name: str
    version: str
    licence: str


def packages_of(distributions: Mapping[str, Distribution]) -> list[LicensedPackage]:
    """The distributions as packages, by name."""
    return sorted(LicensedPackage(name, found.version, licence_of(found)) for name, found in distributions.items())


def packages_in_page(root: Path = ROOT) -> list[LicensedPackage]:
    """The npm packages that the built page contains: those of the lock that are not for its development only."""
    lock = json.loads((root / "console" / "package-lock.json").read_text(encoding="utf-8"))
    return sorted(
        LicensedPackage(path.rpartition(_MODULES)[2], facts["version"], facts.get("license", ""))
        for path, facts in lock["packages"].items()
        if path and not facts.get("dev")
    )


def report_on(deployed_packages: list[LicensedPackage], in_page: list[LicensedPackage]) -> str:
    """The page as Markdown."""
    head = [
        "# Licences",
        "",
        "The third-party packages that functions are deployed with, and the licences that their metadata state.",
        f"`make licences` writes this page. Allowed licences: {', '.join(sorted(ALLOWED))}.",
        "",
    ]
    between = ["", "The page that browsers load contains code of these npm packages:", ""]
    return "\n".join([*head, *_table(deployed_packages), *between, *_table(in_page)]) + "\n"


def _table(packages: list[LicensedPackage]) -> list[str]:
    rows = [f"| {one.name} | {one.version} | {one.licence or 'unknown'} |" for one in packages]
    return ["| package | version | licence |", "|---|---|---|", *rows]


def faults_in(packages: list[LicensedPackage]) -> Iterator[str]:
    """One sentence for each package whose licence is not allowed or not known."""
    for one in packages:
        if not is_allowed(one.licence):
            found_licence = f"the licence {one.licence}" if one.licence else "no licence in its metadata"
            yield f"{one.name} has {found_licence}, which is not allowed"
