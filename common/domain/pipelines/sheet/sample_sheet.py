"""Reads a samplesheet by the rules of a pipeline release and lists every fault, cell by cell.

Rows are numbered as a spreadsheet shows them: the header is row 1. A faulty sheet raises no error; its faults are data.
"""

import csv
import io
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from common.domain.pipelines.pipeline import Column, ParamType, PipelineVersion
from common.domain.pipelines.request_texts import FieldLocation, LocatedText, files_in_cells
from common.domain.pipelines.sheet.rows import FIELD, FaultList, RowRules
from common.domain.text.wording import MOST_GUESSES, did_you_mean, nearest, shortened
from common.errors import Fault

MOST_ROWS, MOST_COLUMNS, LONGEST_NAME = 1_000_000, 500, 200
MOST_CELLS = 1_000_000  # a cell of two characters takes 70 bytes of memory

_SAVE_AS: Final = "save the sheet as 'CSV UTF-8' and send that"
_SEPARATORS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class PathCells:
    """The cells of a valid sheet that contain a slash, and so may name a file, in the order of the rows.

    Sample names, numbers and values of a list never contain a slash. The cells are kept in two flat sequences, because
    creating a tuple for each takes a tenth of the time of reading a sheet.
    """

    def __init__(self, header: Sequence[str], version: PipelineVersion) -> None:
        closed = {column.name for column in version.columns if column.enum or column.type != ParamType.STRING}
        self._columns = [
            index for index, name in enumerate(header) if name not in closed and name != version.sample_column
        ]
        self._header, self._texts, self._places = header, list[str](), array("Q")

    def add(self, number: int, row: Sequence[str]) -> None:
        """Keep the paths in a row; a row of another length than the header is a fault and is skipped."""
        if len(row) == len(self._header):
            for index in self._columns:
                if "/" in row[index]:
                    self._texts.append(row[index])
                    self._places.append(number * MOST_COLUMNS + index)

    def __iter__(self) -> Iterator[LocatedText]:
        for place, text in zip(self._places, self._texts, strict=True):
            number, index = divmod(place, MOST_COLUMNS)
            yield FieldLocation(FIELD, number, self._header[index]), text


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSheet:
    """A samplesheet, read by the rules of one release.

    `text` is the sheet for the run: as it was sent, or with its blank cells filled in. `sample_count` counts distinct
    samples, `row_count` the rows below the header. `faults` must be corrected, `warnings` need not be. Of the cells,
    only the `paths` are kept.
    """

    version: PipelineVersion
    text: str
    sample_count: int
    row_count: int
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    paths: PathCells

    def files(self) -> dict[str, FieldLocation]:
        """The gs:// addresses in columns that the release knows, each with the first cell that names it."""
        return files_in_cells(self.paths, {column.name for column in self.version.columns})


def read_sample_sheet(
    data: bytes | str, version: PipelineVersion, *, fill: Mapping[str, str] = _NOTHING
) -> SampleSheet:
    """The sheet in `data` (CSV with commas, UTF-8), checked by the release's rules. A faulty sheet raises no error.

    `fill` holds values (by column) for blank cells; such a column may be missing.
    """
    reading = _Reading(version, fill)
    text = reading.decode(data)
    if text:
        reading.read(text)
    return SampleSheet(
        version=version,
        text=reading.filled.text() if reading.filled else text,
        sample_count=reading.sample_count,
        row_count=reading.row_count,
        faults=reading.faults.listed(),
        warnings=reading.warnings.listed(),
        paths=reading.paths,
    )


class _Reading:
    """One pass through a sheet, and what it has found so far."""

    def __init__(self, version: PipelineVersion, fill: Mapping[str, str]) -> None:
        self._fill = fill
        columns = [
            replace(column, required=False, allows_blank=True) if column.name in fill else column
            for column in version.columns
        ]
        self._version = replace(version, columns=tuple(columns))
        self.faults, self.warnings = FaultList(), FaultList()
        self.sample_count = self.row_count = 0
        self.paths = PathCells((), version)
        self.filled: _FilledSheet | None = None  # until the header is read, or when there is nothing to fill in

    def decode(self, data: bytes | str) -> str:
        """The text of the sheet; empty, with a fault, when there is nothing to read."""
        text = data if isinstance(data, str) else self._decode_bytes(data)
        if text is None:
            return ""
        if text.startswith("PK\x03\x04"):
            self.faults.add(f"this is an Excel workbook, not a CSV file; {_SAVE_AS}")
            return ""
        if not text.removeprefix("\ufeff").strip():
            self.faults.add("the sheet is empty; it needs a header row and one row for each pair of files")
            return ""
        if text.count(",") > MOST_CELLS:  # before a row is built, which may have all of them
            self.faults.add(f"the sheet has more than {MOST_CELLS:,} cells; split it")
            return ""
        if found := _CONTROL.search(text):
            row = 1 + len(_LINE_END.findall(text, 0, found.start()))
            self.faults.add(f"contains a control character ({ascii(found[0])[1:-1]}); {_SAVE_AS}", row=row)
        return text

    def _decode_bytes(self, data: bytes) -> str | None:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.faults.add(f"the sheet is UTF-16 text; {_SAVE_AS}")
            return None
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if data.startswith(b"PK\x03\x04"):
                return "PK\x03\x04"
            row = 1 + data.count(b"\n", 0, error.start)
            message = f"contains a byte that is not UTF-8 text (0x{data[error.start]:02x}); {_SAVE_AS}"
            self.faults.add(message, row=row)
            return None

    def read(self, text: str) -> None:
        """Check the header, then each row."""
        rows = _rows(text.removeprefix("\ufeff"), self.faults)
        _, first = next(rows, (1, []))
        header = [name.strip() for name in first]
        if not _is_header(header, self.faults):
            return
        _check_header(header, self._version.columns, self.faults, self.warnings)
        rules, faults_above = RowRules(header, self._version, self.faults, self.warnings), len(self.faults)
        self.paths = PathCells(header, self._version)
        self.filled = _FilledSheet(header, self._fill) if self._fill else None
        cells = 0
        for number, row in rows:
            cells += len(row)
            too_many = f"{MOST_CELLS:,} cells" if cells > MOST_CELLS else f"{MOST_ROWS:,} rows"
            if cells > MOST_CELLS or number > MOST_ROWS:
                self.faults.add(f"the sheet has more than {too_many}; split it", row=number)
                break
            if self.faults.is_full:
                break
            if not row:
                self.warnings.add("the line is blank; delete it", row=number)
                continue
            rules.check(number, row)
            self.paths.add(number, row)
            if self.filled:
                self.filled.add(row)
            self.row_count += 1
        self.sample_count = len(rules.samples)
        if not self.row_count and len(self.faults) == faults_above:
            self.faults.add("the sheet has a header but no samples; add a row for each pair of files")


class _FilledSheet:
    """Writes the sheet row by row with `fill` (column to value) in its blank cells.

    Columns of `fill` that the sheet lacks are added.
    """

    def __init__(self, header: Sequence[str], fill: Mapping[str, str]) -> None:
        self._width, self._added = len(header), [name for name in fill if name not in header]
        names = [*header, *self._added]
        self._fill = [(names.index(name), value) for name, value in fill.items()]
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(names)

    def add(self, row: Sequence[str]) -> None:
        """Write a row; a row of another length than the header is a fault and is skipped."""
        if len(row) != self._width:
            return
        cells = [*row, *[""] * len(self._added)]
        for index, value in self._fill:
            cells[index] = cells[index] if cells[index].strip() else value
        self._writer.writerow(cells)

    def text(self) -> str:
        return self._text.getvalue()


def _rows(text: str, faults: FaultList) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, up to the first that is not CSV, which becomes a fault."""
    number = 0
    try:
        # newline="" leaves line ends to the csv module, so that \r, \n and \r\n all end a row
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True):
            number += 1
            yield number, row
    except csv.Error as error:
        reason = "a cell is too long" if "field limit" in str(error) else str(error)
        message = f"the row is not valid CSV ({reason}); check its quotes: they must surround a whole cell"
        faults.add(message, row=number + 1)


def _is_header(header: Sequence[str], faults: FaultList) -> bool:
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
    separator = next((mark for mark in _SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if separator:
        faults.add(f"the columns are separated by {_SEPARATORS[separator]}; save the sheet with commas", row=1)
    return not separator


def _check_header(header: Sequence[str], columns: Sequence[Column], faults: FaultList, warnings: FaultList) -> None:
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
