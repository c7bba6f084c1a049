"""Differences between two samplesheets: rows that only one has, and cells that changed."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

MOST_ROWS: Final = 200  # shown; all are counted


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell of a row in both sheets; None if the sheet has no such column."""

    column: str
    before: str | None
    after: str | None


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


_Cells = Mapping[str, str]
_Row = tuple[int, _Cells]


def sheet_changes(before: str, after: str, *, sample_column: str) -> SheetChanges:
    """The rows that differ; the order of rows and columns does not matter. Rows of one sample are paired in order."""
    first, second = (_by_sample(text, sample_column) for text in (before, after))
    counts: Counter[str] = Counter()
    shown: list[RowChange] = []
    for sample in dict.fromkeys([*first, *second]):
        for change in _changes_of(sample, first.get(sample, []), second.get(sample, [])):
            counts["added" if change.before is None else "removed" if change.after is None else "changed"] += 1
            if len(shown) < MOST_ROWS:
                shown.append(change)
    return SheetChanges(counts["added"], counts["removed"], counts["changed"], tuple(shown))


def _by_sample(text: str, sample_column: str) -> dict[str, list[_Row]]:
    lines = text.removeprefix("\ufeff").splitlines()
    delimiter = "\t" if lines and "\t" in lines[0] else ","
    rows: dict[str, list[_Row]] = defaultdict(list)
    for number, cells in _rows_of(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter):
        rows[cells.get(sample_column) or next(iter(cells.values()), "")].append((number, cells))
    return rows


def _rows_of(text: Iterable[str], delimiter: str) -> Iterator[_Row]:
    """The rows with their numbers; a cell is blank if its row is too short."""
    rows = csv.reader(text, delimiter=delimiter)
    header = [name.strip() for name in next(rows, [])]
    for number, row in enumerate(rows, start=2):
        if any(row):
            yield number, {name: cell.strip() for name, cell in zip_longest(header, row[: len(header)], fillvalue="")}


def _changes_of(sample: str, before: Sequence[_Row], after: Sequence[_Row]) -> Iterator[RowChange]:
    left, came = _without_equal(before, after), _without_equal(after, before)
    for first, second in zip_longest(left, came):
        if first is None or second is None:
            yield RowChange(sample, first and first[0], second and second[0])
            continue
        columns = dict.fromkeys([*first[1], *second[1]])
        changes = (CellChange(name, first[1].get(name), second[1].get(name)) for name in columns)
        cells = tuple(change for change in changes if (change.before or "") != (change.after or ""))
        if cells:
            yield RowChange(sample, first[0], second[0], cells)


def _without_equal(rows: Sequence[_Row], others: Sequence[_Row]) -> list[_Row]:
    """The rows that have no equal one among `others`."""
    equal = Counter(_content(cells) for _, cells in others)
    left = []
    for number, cells in rows:
        content = _content(cells)
        equal[content] -= 1
        if equal[content] < 0:
            left.append((number, cells))
    return left


def _content(cells: _Cells) -> frozenset[tuple[str, str]]:
    return frozenset((name, cell) for name, cell in cells.items() if cell)
