"""Writes a samplesheet for the run where it must differ from the one that was sent."""

import csv
import io
from collections.abc import Mapping, Sequence

from common.domain.pipelines.sheet.cells import CellRule


class RewrittenSheet:
    """The sheet, written row by row: blank cells get the value in `fill`, cells that stand for another value that one.

    Columns of `fill` that the sheet lacks are added.
    """

    def __init__(self, header: Sequence[str], fill: Mapping[str, str], rules: Sequence[CellRule], sep: str) -> None:
        self._added = [name for name in fill if name not in header]
        names = [*header, *self._added]
        self._fill = [(names.index(name), value) for name, value in fill.items()]
        self._rules = rules
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\n", delimiter=sep)
        self._writer.writerow(names)

    def add(self, row: Sequence[str]) -> None:
        """Write a row that is as long as the header."""
        cells = [
            cell if rule.accepts(stripped := cell.strip()) else rule.repaired(stripped) or cell
            for rule, cell in zip(self._rules, row, strict=True)
        ]
        cells += [""] * len(self._added)
        for index, value in self._fill:
            cells[index] = cells[index] if cells[index].strip() else value
        self._writer.writerow(cells)

    def text(self) -> str:
        return self._text.getvalue()
