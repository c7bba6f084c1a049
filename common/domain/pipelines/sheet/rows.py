"""Judges the rows of a samplesheet one after the other, and remembers what no two rows may share."""

from collections.abc import Iterable, Sequence
from typing import Final

from common.domain.pipelines.pipeline import Column
from common.domain.pipelines.sheet.cells import cell_rule, free_column
from common.domain.pipelines.sheet.cross_cell_rules import RowJudge, RowJudging
from common.domain.text.wording import shortened
from common.errors import Fault

FIELD: Final = "samplesheet_csv"
SAMPLE, READ_1, READ_2, LIBRARY, LANE = "sample", "fastq_1", "fastq_2", "feature_type", "lane"
MOST_LISTED: Final = 200
MOST_COUNTED: Final = 10_000


class Complaints:
    """Faults in the order they were found: the first MOST_LISTED are kept, the rest counted."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._kept) + self._left_out

    @property
    def are_enough(self) -> bool:
        """Whether there are so many that reading on helps nobody."""
        return self._left_out >= MOST_COUNTED

    def add(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        if len(self._kept) < MOST_LISTED:
            self._kept.append(Fault(field=FIELD, message=message, row=row, column=column))
        else:
            self._left_out += 1

    def listed(self) -> tuple[Fault, ...]:
        """The faults kept, and one more that says how many were left out."""
        if not self._left_out:
            return tuple(self._kept)
        at_least = "at least " if self.are_enough else ""
        return (*self._kept, Fault(field=FIELD, message=f"and {at_least}{self._left_out:,} more like these"))


class RowRules:
    """The rules for the rows below one header; `samples` holds the distinct samples seen so far.

    Where `lanes_are_alike`, those of a sample are all paired or all single, and each has files of its own. `unique` are
    sets of columns whose cells no two rows may share; `judge` knows rules that span cells.
    """

    def __init__(
        self,
        header: Sequence[str],
        columns: Sequence[Column],
        faults: Complaints,
        warnings: Complaints,
        *,
        sample_column: str = SAMPLE,
        lanes_are_alike: bool = True,
        unique: Iterable[Sequence[str]] = (),
        judge: RowJudge | None = None,
    ) -> None:
        known = {column.name: column for column in columns}
        self._header, self._faults, self._warnings = header, faults, warnings
        self._cells = [
            cell_rule(index, known.get(name) or free_column(name), names_samples=name == sample_column)
            for index, name in enumerate(header)
        ]
        self._accepts = [rule.accepts for rule in self._cells]
        index_of = {name: index for index, name in enumerate(header)}
        self._sample, self._library = index_of.get(sample_column), index_of.get(LIBRARY)
        self._reads = [(name, index_of[name]) for name in (READ_1, READ_2) if name in index_of]
        self._lanes_are_alike = lanes_are_alike
        self._may_be_single = (
            lanes_are_alike and len(self._reads) == 2 and READ_2 in known and known[READ_2].allows_blank
        )
        self._first_use: dict[str, int] = {}
        self._judging = RowJudging(header, known, judge) if judge else None
        sets = dict.fromkeys(map(tuple, [*unique, (sample_column, LANE)] if LANE in known else unique))
        self._unique = [
            _Unique(names, [index_of[name] for name in names]) for names in sets if index_of.keys() >= set(names)
        ]
        self.samples: dict[str, bool] = {}  # sample → whether its first row is paired

    def check(self, number: int, row: Sequence[str]) -> None:
        """Add a fault for each thing that is wrong with the row of this number."""
        if len(row) != len(self._cells):
            self._faults.add(self._about_width(row), row=number)
            return
        if not row[0] and not any(cell.strip() for cell in row):
            self._faults.add("the row is empty; delete it", row=number)
            return
        before = len(self._faults) if self._judging else 0
        for accepts, cell, rule in zip(self._accepts, row, self._cells, strict=True):
            if not accepts(cell) and (complaint := rule.complaint(cell)):
                self._faults.add(complaint, row=number, column=rule.column.name)
        self._check_shared(number, row)
        for unique in self._unique:
            if told := unique.complaint(number, row):
                self._faults.add(told, row=number, column=unique.names[-1])
        if self._judging and len(self._faults) == before:  # what is wrong in one cell would be told once more
            for column, told in self._judging.complaints(row):
                self._faults.add(told, row=number, column=column)

    def _check_shared(self, number: int, row: Sequence[str]) -> None:
        reads = [(name, path) for name, index in self._reads if (path := row[index].strip())]
        if len(reads) == 2 and "_R2" in reads[0][1] and _are_swapped(reads[0][1], reads[1][1]):
            self._warnings.add(f"looks like read 2, and {READ_2} like read 1; swap them", row=number, column=READ_1)
        if len(reads) == 2 and reads[0][1] == reads[1][1]:
            self._faults.add(f"is the same file as {READ_1}; give the file of read 2", row=number, column=READ_2)
        elif self._lanes_are_alike:
            self._check_reuse(number, reads, row[self._library].strip() if self._library is not None else "")
        if self._sample is not None and (sample := row[self._sample].strip()):
            paired = len(reads) == 2
            if self.samples.setdefault(sample, paired) != paired and self._may_be_single:
                here, before = ("paired", "single") if paired else ("single", "paired")
                told = (
                    f"sample {shortened(sample)} is {here}-end here and {before}-end above; all its rows must be alike"
                )
                self._faults.add(told, row=number, column=READ_2)

    def _check_reuse(self, number: int, reads: Sequence[tuple[str, str]], library: str) -> None:
        for name, path in reads:
            key = f"{library}\n{path}" if library else path
            before = self._first_use.setdefault(key, number)
            if before != number:
                told = "is the same file as in row"
                self._faults.add(f"{told} {before}; give each lane once, with its own files", row=number, column=name)
                return

    def _about_width(self, row: Sequence[str]) -> str:
        wanted, found = len(self._header), len(row)
        if found < wanted:
            return f"the row has {found} of {wanted} cells; {self._header[found]} and what follows it are missing"
        return f"the row has {found} cells for {wanted} columns; remove a comma, or put a cell that holds one in quotes"


def _are_swapped(first: str, second: str) -> bool:
    """Whether two files are one name but for which read they say they hold (`_R1`, `_R2`), the second one first."""
    return first.replace("_R2", "_R1") == second and second.replace("_R1", "_R2") == first


class _Unique:
    """A set of columns (`indexes` in a row) whose cells no two rows may share; rows where one is blank do not count."""

    def __init__(self, names: Sequence[str], indexes: Sequence[int]) -> None:
        self.names, self._indexes = names, indexes
        self._first: dict[tuple[str, ...], int] = {}

    def complaint(self, number: int, row: Sequence[str]) -> str | None:
        cells = tuple([row[index].strip() for index in self._indexes])
        if "" in cells:
            return None
        before = self._first.setdefault(cells, number)
        if before == number:
            return None
        return (
            f"{' and '.join(self.names)} are those of row {before}; each may be there once"
            if len(cells) > 1
            else (f"is the same as in row {before}; each may be there once")
        )
