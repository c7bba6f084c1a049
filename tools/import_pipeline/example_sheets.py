"""Finds the example sheets of a checkout: files of assets, the test profile's own file, and tables in docs/usage.md."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATTERNS: Final = ("assets/*sheet*.[ct]sv", "assets/*sheet*/*.[ct]sv", "assets/example*.[ct]sv")
_DOCS: Final = "docs/usage.md"
_FENCED: Final = re.compile(r"^```\w*[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LEFT_OUT: Final = re.compile(r"^\W*\.{3,}\W*$|<[^>\n]+>", re.MULTILINE)  # an example that is not meant to be whole
_OF_OTHERS: Final = re.compile(r"full|database|contrast|reference|tutorial", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ExampleSheet:
    """One sheet; `source` is its path in the checkout and, in a document, its number. `is_file`: it is a whole file."""

    source: str
    text: str
    is_file: bool = True


def find_example_sheets(folder: Path, test: Mapping[str, object], columns: list[str]) -> list[ExampleSheet]:
    """The sheets; of the tables in the documentation those whose header has each of `columns`."""
    paths = dict.fromkeys(path for pattern in _PATTERNS for path in sorted(folder.glob(pattern)))
    found = [path for path in paths if not _OF_OTHERS.search(path.name)]
    named = re.sub(r"^\$\{?(projectDir|baseDir)\}?/", "", str(test.get("input", "")))
    if named.endswith((".csv", ".tsv")) and (folder / named).is_file() and folder / named not in found:
        found.append(folder / named)
    sheets = [ExampleSheet(str(path.relative_to(folder)), _text(path)) for path in found]
    usage = folder / _DOCS
    return sheets + (list(_tables(_text(usage), columns)) if usage.is_file() and columns else [])


def _tables(document: str, columns: list[str]) -> Iterator[ExampleSheet]:
    for number, text in enumerate(_FENCED.findall(document), start=1):
        lines = [line for line in text.splitlines() if line.strip()]
        separator = "\t" if lines and "\t" in lines[0] else ","
        header = [name.strip() for name in lines[0].split(separator)] if lines else []
        if len(lines) > 1 and set(columns) <= set(header) and not _LEFT_OUT.search(text):
            yield ExampleSheet(f"{_DOCS} (block {number})", "\n".join(lines) + "\n", is_file=False)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")
