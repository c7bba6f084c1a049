"""Holds the rows of a samplesheet against rules that span cells, each kind of row once.

Most rules ask which cells are filled and what a few of them say; rows that are alike in that are judged alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Final, Protocol

from common.domain.pipelines.pipeline import Column, Scalar
from common.domain.pipelines.sheet.cells import typed

_MOST_REMEMBERED: Final = 10_000


class Use(Enum):
    """What rules want to know of a field."""

    NOTHING = auto()
    PRESENCE = auto()
    VALUE = auto()


class RowJudge(Protocol):
    """Rules that span cells."""

    def use_of(self, field: str) -> Use:
        """What the rules want to know of a column."""

    def complaints(self, values: Mapping[str, Scalar]) -> Iterable[tuple[str | None, str]]:
        """The column complained of, None when it is several, and a sentence, for each rule that is broken."""


class RowJudging:
    """Judges rows below `header` by their cells in `known` columns."""

    def __init__(self, header: Sequence[str], known: Mapping[str, Column], judge: RowJudge) -> None:
        self._judge = judge
        self._columns = [(index, known[name]) for index, name in enumerate(header) if name in known]
        uses = [(index, judge.use_of(column.name)) for index, column in self._columns]
        self._by_value = [index for index, use in uses if use == Use.VALUE]
        self._by_presence = [index for index, use in uses if use == Use.PRESENCE]
        self._fine: set[tuple[str | bool, ...]] = set()

    def complaints(self, row: Sequence[str]) -> Sequence[tuple[str | None, str]]:
        """What is wrong with a row whose cells fit their columns."""
        said = [row[index].strip() for index in self._by_value]
        kind: tuple[str | bool, ...] = (*said, *[not row[index].strip() for index in self._by_presence])
        if kind in self._fine:
            return ()
        cells = {column.name: typed(column, cell) for index, column in self._columns if (cell := row[index].strip())}
        found = list(self._judge.complaints(cells))
        if not found and len(self._fine) < _MOST_REMEMBERED:
            self._fine.add(kind)
        return found
