"""docs/licences.md: what is deployed of others' work, and under which licence."""

from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from pathlib import Path

from tools.licences.terms import ALLOWED, is_allowed, licence_of
from tools.pack_function.imports import ROOT
from tools.pack_function.installed import closure
from tools.pack_function.pack import functions_in
from tools.pack_function.requirements import pins_of


def deployed(root: Path = ROOT) -> Mapping[str, Distribution]:
    """All that any function is deployed with, by name."""
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
        "What functions are deployed with beside Sluice's own code, and under which licence, as its metadata say it.",
        f"`make licences` writes this page; allowed are {', '.join(sorted(ALLOWED))}.",
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
            yield f"{name} stands under {licence or 'a licence that its metadata do not name'}"
