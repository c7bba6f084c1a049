"""The header of a samplesheet: whether it can be one, the columns that are missing, and names written otherwise."""

from collections.abc import Sequence
from typing import Final

from common.domain.pipelines.pipeline import Column
from common.domain.pipelines.sheet.rows import FaultList
from common.domain.text.wording import MOST_GUESSES, did_you_mean, nearest, shortened

MOST_COLUMNS, LONGEST_NAME = 500, 200
_SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_header(row: Sequence[str], columns: Sequence[Column], warnings: FaultList) -> list[str]:
    """The names in the first row, as the release writes them, without nameless columns at the end.

    Spreadsheets leave such columns behind, and people write `Sample` for `sample`.
    """
    header = [name.strip() for name in row]
    while len(header) > 1 and not header[-1]:
        header.pop()
    known = {column.name for column in columns}
    missing = {_folded(column.name): column.name for column in columns if column.name not in header}
    for index, name in enumerate(header):
        meant = missing.pop(_folded(name), None) if name not in known else None
        if meant:
            header[index] = meant
            warnings.add(f"the column {shortened(name)} is read as {meant}", row=1, column=meant)
    return header


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "_").replace("-", "_")


def is_header(header: Sequence[str], faults: FaultList, separator: str) -> bool:
    """Whether the first row can be the header; adds a fault if not."""
    if not any(header):
        faults.add("the row is blank; the first row must name the columns", row=1)
        return False
    if len(header) > MOST_COLUMNS:
        faults.add(f"the sheet has {len(header):,} columns; at most {MOST_COLUMNS} are allowed", row=1)
        return False
    if long := next((number for number, name in enumerate(header, start=1) if len(name) > LONGEST_NAME), None):
        faults.add(f"the name of column {long} has more than {LONGEST_NAME} characters; is this the header?", row=1)
        return False
    found = next((mark for mark in _SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if found:
        wanted = _SEPARATORS[separator]
        faults.add(f"the columns are separated by {_SEPARATORS[found]}; save the sheet with {wanted}", row=1)
    return not found


def check_header(header: Sequence[str], columns: Sequence[Column], faults: FaultList, warnings: FaultList) -> None:
    unknown = [name for name in header if name not in {column.name for column in columns}]
    for column in columns:
        if column.required and column.name not in header:
            near = nearest(column.name, unknown)
            remedy = f"rename the column {shortened(near)} to {column.name}" if near else "add it"
            faults.add(f"the column {column.name} is missing; {remedy}", row=1, column=column.name)
    for position, name in enumerate(header, start=1):
        if not name:
            faults.add(f"column {position} has no name; name it or delete it", row=1)
        elif name in header[: position - 1]:
            faults.add(f"the column {shortened(name)} appears twice; delete one", row=1, column=name)
    known = [column.name for column in columns if column.name not in header]
    for number, name in enumerate(filter(None, dict.fromkeys(unknown))):
        guess = did_you_mean(name, known) if number < MOST_GUESSES else ""
        warnings.add(f"the pipeline does not know this column and ignores it{guess}", row=1, column=name)
