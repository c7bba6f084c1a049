"""docs/licences.md: the third-party packages that are deployed, with their licences."""

from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path

from tools.licences.terms import ALLOWED, is_allowed, licence_of
from tools.pack_function.imports import ROOT
from tools.pack_function.installed import closure
from tools.pack_function.pack import functions_in
from tools.pack_function.requirements import pins_of


def deployed(root: Path = ROOT) -> Mapping[str, Distribution]:
    """The distributions that any function is deployed with, by name."""
    return closure({name for function in functions_in(root) for name in pins_of(function, root)})


def report_on(distributions: Mapping[str, Distribution]) -> str:
    """The page as Markdown."""
    rows = [
        f"| {name} | {found.version} | {licence_of(found) or 'unknown'} |"
        for name, found in sorted(distributions.items())
    ]
    head = [
        "# Licences",
        "",
        "The third-party packages that functions are deployed with, and the licences that their metadata state.",
        f"`make licences` writes this page. Allowed licences: {', '.join(sorted(ALLOWED))}.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


def faults_in(distributions: Mapping[str, Distribution]) -> Iterator[str]:
    """One sentence for each package whose licence is not allowed or not known."""
    for name, found in distributions.items():
        licence = licence_of(found)
        if not is_allowed(licence):
            found_licence = f"the licence {licence}" if licence else "no licence in its metadata"
            yield f"{name} has {found_licence}, which is not allowed"
