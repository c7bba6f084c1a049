from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

from tools.licences.report import deployed, faults_in, packages_in_page, packages_of, report_on
from tools.pack_function.imports import ROOT
from tools.pack_function.pack import functions_in


def distribution(folder: Path, name: str, licence: str) -> Distribution:
    metadata = folder / f"{name}-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\n", encoding="utf-8")
    return PathDistribution(metadata.parent)


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "licences.md").read_text(encoding="utf-8") == report_on(
        packages_of(deployed()), packages_in_page()
    )


def test_every_deployed_licence_is_allowed() -> None:
    assert len(deployed()) > len(functions_in())
    assert list(faults_in([*packages_of(deployed()), *packages_in_page()])) == []


def test_the_page_contains_what_it_imports_and_no_tools() -> None:
    names = {package.name for package in packages_in_page()}
    assert {"preact", "@preact/signals", "openapi-fetch", "eventsource-parser"} <= names
    assert not names & {"vite", "typescript", "vitest", "openapi-typescript"}


def test_forbidden_and_missing_licences_are_reported(tmp_path: Path) -> None:
    found = {
        "fine": distribution(tmp_path, "fine", "License-Expression: MIT"),
        "strict": distribution(tmp_path, "strict", "License-Expression: GPL-3.0-only"),
        "silent": distribution(tmp_path, "silent", "Summary: says nothing"),
    }
    packages = packages_of(found)
    assert list(faults_in(packages)) == [
        "silent has no licence in its metadata, which is not allowed",
        "strict has the licence GPL-3.0-only, which is not allowed",
    ]
    assert "| silent | 1.0 | unknown |" in report_on(packages, [])
