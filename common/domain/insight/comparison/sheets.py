"""Differences between two samplesheets: rows that only one has, and cells that changed.

A sheet may have a million cells, so it is read several times and no row is kept that both sheets have.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Final, NamedTuple

MOST_ROWS: Final = 200  # shown; all are counted
_MOST_KEPT: Final = 2_000  # rows of each sheet that are kept to be shown


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of a row in both sheets; blank if the sheet has no such column."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """Rows of one sample: `before` or `after` is the number of the row, None if the sheet has no such row.

    The header is row 1. `cells` is empty for a row of only one sheet.
    """

    sample: str
    before: int | None
    after: int | None
    cells: Sequence[CellChange] = ()


@dataclass(frozen=True, slots=True)
class SheetChanges:
    """How many rows were added, removed and changed, and the first MOST_ROWS of them."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    rows: Sequence[RowChange] = field(default=())


class _Row(NamedTuple):
    number: int
    sample: str
    cells: tuple[str, ...]  # in the order of the columns of both sheets


@dataclass(slots=True)
class _Left:
    """The rows of one sheet that the other does not have: their number, and the first of them."""

    total: int = 0
    kept: list[_Row] = field(default_factory=list)

    def add(self, row: _Row) -> None:
        self.total += 1
        if len(self.kept) < _MOST_KEPT:
            self.kept.append(row)

    @property
    def has_all(self) -> bool:
        return len(self.kept) == self.total


def sheet_changes(before: bytes, after: bytes, *, sample_column: str) -> SheetChanges:
    """The rows that differ between two stored sheets.

    The order of rows and columns does not matter. Rows of one sample are paired in their order.
    """
    if before == after:
        return SheetChanges()
    columns = sorted({*_header_of(before), *_header_of(after)})
    unmatched = Counter(hash(row.cells) for row in _rows_of(before, columns, sample_column))
    came, left, changed = _Left(), _Left(), 0
    unpaired: Counter[int] = Counter()  # rows that came, by the hash of their sample
    for row in _rows_of(after, columns, sample_column):
        if unmatched[hash(row.cells)] > 0:
            unmatched[hash(row.cells)] -= 1
        else:
            came.add(row)
            unpaired[hash(row.sample)] += 1
    for row in _rows_of(before, columns, sample_column):
        if unmatched[hash(row.cells)] > 0:
            unmatched[hash(row.cells)] -= 1
            left.add(row)
            if unpaired[hash(row.sample)] > 0:
                unpaired[hash(row.sample)] -= 1
                changed += 1
    return SheetChanges(
        added=came.total - changed,
        removed=left.total - changed,
        changed=changed,
        rows=tuple(islice(_shown(left, came, columns), MOST_ROWS)),
    )


def _text_of(sheet: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(sheet), encoding="utf-8-sig", newline="")


def _reader(sheet: bytes) -> Iterator[list[str]]:
    with _text_of(sheet) as text:
        delimiter = "\t" if "\t" in text.readline() else ","
    return csv.reader(_text_of(sheet), delimiter=delimiter)


def _header_of(sheet: bytes) -> list[str]:
    return [name.strip() for name in next(_reader(sheet), [])]


def _rows_of(sheet: bytes, columns: Sequence[str], sample_column: str) -> Iterator[_Row]:
    """The rows that are not blank; a cell is blank if its row is too short or its sheet has no such column."""
    rows = _reader(sheet)
    header = [name.strip() for name in next(rows, [])]
    places = [header.index(name) if name in header else len(header) for name in columns]
    sample_at = header.index(sample_column) if sample_column in header else 0
    for number, row in enumerate(rows, start=2):
        if any(row):
            cells = [cell.strip() for cell in row[: len(header)]]
            cells += [""] * (len(header) + 1 - len(cells))
            yield _Row(number, cells[sample_at], tuple([cells[place] for place in places]))


def _shown(left: _Left, came: _Left, columns: Sequence[str]) -> Iterator[RowChange]:
    """The changes among the rows that are kept; a row without a partner only if it is certain that there is none."""
    by_sample: dict[str, tuple[list[_Row], list[_Row]]] = defaultdict(lambda: ([], []))
    for side, rows in enumerate((left.kept, came.kept)):
        for row in rows:
            by_sample[row.sample][side].append(row)
    for sample, (first, second) in by_sample.items():
        for old, new in zip_longest(first, second):
            if old is not None and new is not None:
                yield RowChange(sample, old.number, new.number, tuple(_changed_cells(old, new, columns)))
            elif old is None and new is not None and left.has_all:
                yield RowChange(sample, None, new.number)
            elif old is not None and came.has_all:
                yield RowChange(sample, old.number, None)


def _changed_cells(old: _Row, new: _Row, columns: Sequence[str]) -> Iterator[CellChange]:
    for column, before, after in zip(columns, old.cells, new.cells, strict=True):
        if before != after:
            yield CellChange(column, before, after)
