"""Reads a samplesheet as a pipeline release wants it, and names everything that is wrong, cell by cell.

Rows are counted as a spreadsheet shows them: the header is row 1. A bad sheet raises nothing; its faults are data.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from common.domain.pipelines.pipeline import Column
from common.domain.pipelines.sheet.cross_cell_rules import RowJudge
from common.domain.pipelines.sheet.rows import SAMPLE, Complaints, RowRules
from common.domain.text.wording import did_you_mean, nearest, shortened
from common.errors import Fault

MOST_ROWS, MOST_COLUMNS, LONGEST_NAME = 1_000_000, 500, 200

_SAVE_AS: Final = "save the sheet as 'CSV UTF-8' and send that"
_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSheet:
    """What was read: distinct samples, rows below the header, what is wrong, and what is only worth knowing."""

    sample_count: int
    row_count: int
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def read_sample_sheet(
    data: bytes | str,
    columns: Sequence[Column],
    *,
    sample_column: str = SAMPLE,
    lanes_are_alike: bool = True,
    unique: Iterable[Sequence[str]] = (),
    judge: RowJudge | None = None,
) -> SampleSheet:
    """The sheet in `data` (CSV with commas, UTF-8), judged by `columns` and what else RowRules is told.

    Never raises for what is in the sheet.
    """
    faults, warnings = Complaints(), Complaints()
    samples, row_count = 0, 0
    if text := _text_of(data, faults):

        def rules_for(header: Sequence[str]) -> RowRules:
            return RowRules(
                header,
                columns,
                faults,
                warnings,
                sample_column=sample_column,
                lanes_are_alike=lanes_are_alike,
                unique=unique,
                judge=judge,
            )

        samples, row_count = _read(text, columns, rules_for, faults, warnings)
    return SampleSheet(sample_count=samples, row_count=row_count, faults=faults.listed(), warnings=warnings.listed())


def _text_of(data: bytes | str, faults: Complaints) -> str:
    """The text of the sheet without a byte order mark; empty, with a fault, when there is nothing to read."""
    text = data if isinstance(data, str) else _decoded(data, faults)
    if text is None:
        return ""
    text = text.removeprefix("\ufeff")
    if text.startswith("PK\x03\x04"):
        faults.add(f"this is an Excel workbook, not a CSV file; {_SAVE_AS}")
        return ""
    if not text.strip():
        faults.add("the sheet is empty; it needs a header row and one row for each pair of files")
        return ""
    if found := _CONTROL.search(text):
        row = 1 + len(_LINE_END.findall(text, 0, found.start()))
        faults.add(f"holds a control character ({ascii(found[0])[1:-1]}); {_SAVE_AS}", row=row)
    return text


def _decoded(data: bytes, faults: Complaints) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.add(f"the sheet is UTF-16 text; {_SAVE_AS}")
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(b"PK\x03\x04"):
            return "PK\x03\x04"
        row = 1 + data.count(b"\n", 0, error.start)
        faults.add(f"holds a byte that is not UTF-8 text (0x{data[error.start]:02x}); {_SAVE_AS}", row=row)
        return None


def _read(
    text: str,
    columns: Sequence[Column],
    rules_for: Callable[[Sequence[str]], RowRules],
    faults: Complaints,
    warnings: Complaints,
) -> tuple[int, int]:
    """Judge the header, then each row; the number of samples and of rows that are not blank."""
    rows = _rows(text, faults)
    _, first = next(rows, (1, []))
    header = [name.strip() for name in first]
    if not _is_header(header, faults):
        return 0, 0
    _check_header(header, columns, faults, warnings)
    rules, filled, faults_above = rules_for(header), 0, len(faults)
    for number, row in rows:
        if number > MOST_ROWS:
            faults.add(f"the sheet has more than {MOST_ROWS:,} rows; split it", row=number)
        if number > MOST_ROWS or faults.are_enough:
            break
        if row:
            rules.check(number, row)
            filled += 1
        else:
            warnings.add("the line is blank; delete it", row=number)
    if not filled and len(faults) == faults_above:
        faults.add("the sheet has a header and no samples; add a row for each pair of files")
    return len(rules.samples), filled


def _rows(text: str, faults: Complaints) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, up to the first that is not CSV, which becomes a fault."""
    number = 0
    try:
        # newline="" leaves line ends to the csv module, so that \r, \n and \r\n all end a row
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True):
            number += 1
            yield number, row
    except csv.Error as error:
        why = "a cell is too long" if "field limit" in str(error) else str(error)
        faults.add(f"the row cannot be read ({why}); check its quotes: they go around a whole cell", row=number + 1)


def _is_header(header: Sequence[str], faults: Complaints) -> bool:
    if not any(header):
        faults.add("the row is blank; the first row must name the columns", row=1)
        return False
    if len(header) > MOST_COLUMNS:
        faults.add(f"the sheet has {len(header):,} columns; at most {MOST_COLUMNS} can be read", row=1)
        return False
    if long := next((number for number, name in enumerate(header, start=1) if len(name) > LONGEST_NAME), None):
        faults.add(f"the name of column {long} has more than {LONGEST_NAME} characters; is this the header?", row=1)
        return False
    separator = next((mark for mark in _SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if separator:
        faults.add(f"the columns are separated by {_SEPARATORS[separator]}; save the sheet with commas", row=1)
    return not separator


def _check_header(header: Sequence[str], columns: Sequence[Column], faults: Complaints, warnings: Complaints) -> None:
    unknown = [name for name in header if name not in {column.name for column in columns}]
    for column in columns:
        if column.required and column.name not in header:
            near = nearest(column.name, unknown)
            told = f"rename {shortened(near)} to it" if near else "add it"
            faults.add(f"the column {column.name} is missing; {told}", row=1, column=column.name)
    for position, name in enumerate(header, start=1):
        if not name:
            faults.add(f"column {position} has no name; name it or delete it", row=1)
        elif name in header[: position - 1]:
            faults.add(f"the column {shortened(name)} is there twice; delete one", row=1, column=name)
    for name in filter(None, dict.fromkeys(unknown)):
        meant = did_you_mean(name, [column.name for column in columns if column.name not in header])
        warnings.add(f"the pipeline does not know this column and ignores it{meant}", row=1, column=name)
