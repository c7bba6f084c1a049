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

from common.domain.pipelines.pipeline import CSV, TSV, ParamType, PipelineVersion
from common.domain.pipelines.request_texts import FieldLocation, LocatedText, files_in_cells
from common.domain.pipelines.sheet.header import MOST_COLUMNS, check_header, is_header, read_header
from common.domain.pipelines.sheet.rewriting import RewrittenSheet
from common.domain.pipelines.sheet.rows import FIELD, FaultList, RowRules, RowWidths
from common.errors import Fault

MOST_ROWS: Final = 1_000_000
MOST_CELLS: Final = 1_000_000  # a cell of two characters takes 70 bytes of memory

_SAVE_AS: Final = "save the sheet as 'CSV UTF-8' and send that"
LONGEST_SAMPLES: Final = 10_000  # characters of names that are kept with the run
_WRITTEN: Final = {CSV: ",", TSV: "\t"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class PathCells:
    """The cells of a valid sheet that contain a slash or backslash, and so may name a file, in the order of the rows.

    Sample names, numbers and values of a list never contain a slash. The cells are kept in two flat sequences, because
    creating a tuple for each takes a tenth of the time of reading a sheet.
    """

    def __init__(self, header: Sequence[str], version: PipelineVersion, *, has_backslashes: bool = False) -> None:
        self._has_backslashes = has_backslashes
        closed = {column.name for column in version.columns if column.enum or column.type != ParamType.STRING}
        self._columns = [
            index for index, name in enumerate(header) if name not in closed and name != version.sample_column
        ]
        self._header, self._texts, self._places = header, list[str](), array("Q")

    def add(self, number: int, row: Sequence[str]) -> None:
        """Keep the paths in a row that is as long as the header."""
        for index in self._columns:
            if "/" in row[index] or (self._has_backslashes and "\\" in row[index]):
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
    samples, `samples` has their names, one a line, as far as they fit. `row_count` counts the rows below the header.
    `faults` must be corrected, `warnings` need not be. Of the cells, only the `paths` are kept.
    """

    version: PipelineVersion
    text: str
    sample_count: int
    samples: str
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
    """The sheet in `data` (UTF-8, with commas), checked by the release's rules. A faulty sheet raises no error.

    Where the pipeline takes a .tsv, tabs are read as well, and `text` has tabs. `fill` holds values (by column) for
    blank cells; such a column may be missing.
    """
    reading = _Reading(version, fill)
    text = reading.decode(data)
    if text:
        reading.read(text.removeprefix("\ufeff"))
    return SampleSheet(
        version=version,
        text=reading.rewritten(text),
        sample_count=reading.sample_count,
        samples=reading.samples,
        row_count=reading.row_count,
        faults=reading.faults.listed(),
        warnings=reading.warnings.listed(),
        paths=reading.paths,
    )


def _whole_lines(names: str) -> str:
    """The first lines of `names` that have at most LONGEST_SAMPLES characters together."""
    return names if len(names) <= LONGEST_SAMPLES else names[: LONGEST_SAMPLES + 1].rpartition("\n")[0]


class _Reading:
    """One pass through a sheet, and what it has found so far."""

    def __init__(self, version: PipelineVersion, fill: Mapping[str, str]) -> None:
        self._fill = fill
        columns = [
            replace(column, required=False, allows_blank=True) if column.name in fill else column
            for column in version.columns
        ]
        self._version = replace(version, columns=tuple(columns))
        self._separator = _WRITTEN[version.sheet_format]
        self.faults, self.warnings = FaultList(), FaultList()
        self.sample_count = self.row_count = 0
        self.samples = ""
        self.paths = PathCells((), version)
        self._rules: RowRules | None = None  # until the header is read
        self._differs = bool(fill)  # whether the run needs another text than the one sent

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
        if text.count(",") + text.count("\t") > MOST_CELLS:  # before a row is built, which may have all of them
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
        separator = self._separator_in(text)
        rows = _rows(text, self.faults, separator)
        first = [name.strip() for name in next(rows, (1, []))[1]]
        if not is_header(first, self.faults, self._separator):
            return
        header = read_header(first, self._version.columns, self.warnings)
        if not self._version.passes_sheet_on:
            check_header(header, self._version.columns, self.faults, self.warnings)
        self._differs |= separator != self._separator or header != first
        rules, faults_above = RowRules(header, self._version, self.faults, self.warnings), self.faults.count
        self.paths, self._rules = PathCells(header, self._version, has_backslashes="\\" in text), rules
        fitting = RowWidths(header, len(first), self.faults, self.warnings)
        width, number, cells = len(header), 1, 0
        for number, row in rows:
            found = len(row)
            cells += found
            if cells > MOST_CELLS or number > MOST_ROWS:
                too_many = f"{MOST_CELLS:,} cells" if cells > MOST_CELLS else f"{MOST_ROWS:,} rows"
                self.faults.add(f"the sheet has more than {too_many}; split it", row=number)
                break
            if self.faults.count and self.faults.is_full:
                break
            if not found:
                self.warnings.add("the line is blank; delete it", row=number)
                continue
            self.row_count += 1
            if found == width or fitting.fit(number, row):
                if not self._version.passes_sheet_on:
                    rules.check(number, row)
                self.paths.add(number, row)
        fitting.end(last=number, is_cut=not text.endswith(("\n", "\r")))
        self.sample_count = self.row_count if self._version.passes_sheet_on else len(rules.samples)
        self.samples = _whole_lines("\n".join(rules.samples))
        self._differs |= rules.has_repaired
        if not self.row_count and self.faults.count == faults_above:
            self.faults.add("the sheet has a header but no samples; add a row for each pair of files")

    def _separator_in(self, text: str) -> str:
        """The separator of the sheet: the pipeline's own, but commas are taken for a .tsv as well."""
        header = _LINE_END.split(text, 1)[0]
        return self._separator if self._separator in header else ","

    def rewritten(self, text: str) -> str:
        """The text for the run: `text` itself if it can be passed on as it is."""
        if not self._rules or not self._differs or self.faults.count:
            return text
        sheet = RewrittenSheet(self._rules.header, self._fill, self._rules.cells, self._separator)
        text = text.removeprefix("\ufeff")
        width = len(self._rules.header)
        rows = _rows(text, FaultList(), self._separator_in(text))
        next(rows)
        for _, row in rows:
            if row:
                sheet.add([*row, *[""] * (width - len(row))][:width])
        return sheet.text()


def _rows(text: str, faults: FaultList, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, up to the first that is not CSV, which becomes a fault."""
    number = 0
    try:
        # newline="" leaves line ends to the csv module, so that \r, \n and \r\n all end a row
        for row in csv.reader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True, delimiter=separator):
            number += 1
            yield number, row
    except csv.Error as error:
        reason = "a cell is too long" if "field limit" in str(error) else str(error)
        message = f"the row is not valid CSV ({reason}); check its quotes: they must surround a whole cell"
        faults.add(message, row=number + 1)
