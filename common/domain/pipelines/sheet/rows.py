"""The rules for the rows of a samplesheet: single cells, several cells of a row, and values that must be unique."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from common.domain.pipelines.pipeline import PipelineVersion
from common.domain.pipelines.sheet.cells import cell_rule, free_column
from common.domain.pipelines.sheet.cross_cell_rules import CrossCellRules
from common.domain.text.wording import shortened
from common.errors import Fault

FIELD: Final = "samplesheet_csv"
READ_1, READ_2, LIBRARY = "fastq_1", "fastq_2", "feature_type"
MOST_LISTED: Final = 200
MOST_COUNTED: Final = 10_000


class FaultList:
    """Faults in the order they were found: the first MOST_LISTED are kept, the rest are counted."""

    def __init__(self) -> None:
        self._kept: list[Fault] = []
        self.count = 0  # an attribute, because it is read several times for each row

    @property
    def is_full(self) -> bool:
        """Whether MOST_COUNTED faults are left out already, so that reading can stop."""
        return self.count >= MOST_LISTED + MOST_COUNTED

    @property
    def lists_more(self) -> bool:
        """Whether the next fault is listed with its message."""
        return len(self._kept) < MOST_LISTED

    def add(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        if self.lists_more:
            self._kept.append(Fault(field=FIELD, message=message, row=row, column=column))
        self.count += 1

    def listed(self) -> tuple[Fault, ...]:
        """The faults kept, and a last one with the number of faults left out, if any."""
        left_out = self.count - len(self._kept)
        if not left_out:
            return tuple(self._kept)
        at_least = "at least " if self.is_full else ""
        return (*self._kept, Fault(field=FIELD, message=f"and {at_least}{left_out:,} more like these"))


class RowRules:
    """A release's rules for the rows below one header; `samples` holds the distinct samples checked so far.

    `has_repaired` says that a cell stands for another value, which `CellRule.repaired` tells.
    """

    def __init__(self, header: Sequence[str], version: PipelineVersion, faults: FaultList, warnings: FaultList) -> None:
        known = {column.name: column for column in version.columns}
        self.header, self._faults, self._warnings = header, faults, warnings
        self.has_repaired = False
        self._warned = set[str]()
        self.cells = [
            cell_rule(known.get(name) or free_column(name), names_samples=name == version.sample_column)
            for name in header
        ]
        self._accepts = [rule.accepts for rule in self.cells]
        index_of = {name: index for index, name in enumerate(header)}
        self._sample, self._library = index_of.get(version.sample_column), index_of.get(LIBRARY)
        self._read_names = [name for name in (READ_1, READ_2) if name in index_of]
        self._reads = [index_of[name] for name in self._read_names]
        self._lanes_are_alike = version.lanes_are_alike
        self._may_be_single = (
            version.lanes_are_alike and len(self._reads) == 2 and READ_2 in known and known[READ_2].allows_blank
        )
        self._first_use: dict[str, int] = {}
        self._cross_cell = (
            CrossCellRules(header, version.columns, version.row_rules, version.check_row) if version.check_row else None
        )
        self._unique = [
            _UniqueCells(names, [index_of[name] for name in names])
            for names in version.unique
            if index_of.keys() >= set(names)
        ]
        self.samples: dict[str, bool] = {}  # sample → whether its first row is paired

    def check(self, number: int, row: Sequence[str]) -> None:
        """Add a fault for everything that is wrong with a row that is as long as the header."""
        cells = list(map(str.strip, row))
        if not any(cells):
            self._faults.add("the row is empty; delete it", row=number)
            return
        faults_before = self._faults.count
        for accepts, cell in zip(self._accepts, cells, strict=True):
            if not accepts(cell):
                self._add_cell_faults(number, cells)
                break
        if self._reads or self._sample is not None:
            self._check_reads(number, [cells[index] for index in self._reads], cells)
        for unique in self._unique:
            if problem := unique.problem(number, cells):
                self._faults.add(problem, row=number, column=unique.names[-1])
        if self._cross_cell and self._faults.count == faults_before:  # else they would report the same faults again
            for column, problem in self._cross_cell.problems(cells):
                self._faults.add(problem, row=number, column=column)

    def _add_cell_faults(self, number: int, cells: list[str]) -> None:
        for index, rule in enumerate(self.cells):
            if rule.accepts(cells[index]):
                continue
            if repaired := rule.repaired(cells[index]):
                self._warn_of_repair(number, rule.column.name, cells[index], repaired)
                cells[index] = repaired
            else:
                problem = rule.problem(cells[index]) if self._faults.lists_more else None  # a good message takes time
                self._faults.add(problem or "is not valid", row=number, column=rule.column.name)

    def _warn_of_repair(self, number: int, column: str, cell: str, repaired: str) -> None:
        self.has_repaired = True
        if column not in self._warned:
            self._warned.add(column)
            message = f"{cell} is read as {repaired}, and so are others like it in this column"
            self._warnings.add(message, row=number, column=column)

    def _check_reads(self, number: int, reads: Sequence[str], cells: Sequence[str]) -> None:
        """Check the files of a row, whose columns are `self._read_names`, beside those of earlier rows."""
        is_paired = len(reads) == 2 and all(reads)
        if is_paired and reads[0] == reads[1]:
            self._faults.add(f"is the same file as {READ_1}; give the file of read 2", row=number, column=READ_2)
        elif self._lanes_are_alike:
            self._check_reuse(number, reads, cells[self._library] if self._library is not None else "")
        if is_paired and "_R2" in reads[0] and _are_swapped(*reads):
            message = f"looks like the file of read 2, and {READ_2} like that of read 1; swap the two files"
            self._warnings.add(message, row=number, column=READ_1)
        if self._sample is not None and (sample := cells[self._sample]):
            was_paired = self.samples.setdefault(sample, is_paired)
            if was_paired != is_paired and self._may_be_single:
                here, before = ("paired", "single") if is_paired else ("single", "paired")
                message = (
                    f"sample {shortened(sample)} is {here}-end here and {before}-end in an earlier row;"
                    " make all its rows paired-end or all single-end"
                )
                self._faults.add(message, row=number, column=READ_2)

    def _check_reuse(self, number: int, reads: Sequence[str], library: str) -> None:
        for name, path in zip(self._read_names, reads, strict=True):
            if not path:
                continue
            before = self._first_use.setdefault(f"{library}\n{path}" if library else path, number)
            if before != number:
                message = f"is the same file as in row {before}; list each lane once, with its own files"
                self._faults.add(message, row=number, column=name)
                return


def _are_swapped(first: str, second: str) -> bool:
    """Whether two file names differ only in their read number (`_R1`, `_R2`), and the first is read 2."""
    return first.replace("_R2", "_R1") == second and second.replace("_R1", "_R2") == first


class RowWidths:
    """Rows that are shorter or longer than the header, read as Nextflow does: missing cells are blank.

    Blank cells that are too many are left out. `sent_width` is that of the header before nameless columns were cut.
    """

    def __init__(self, header: Sequence[str], sent_width: int, faults: FaultList, warnings: FaultList) -> None:
        self._header, self._sent_width = header, sent_width
        self._faults, self._warnings = faults, warnings
        self._short: tuple[int, int] | None = None  # number and width of the last short row, not yet warned of

    def fit(self, number: int, row: list[str]) -> bool:
        """Make a row as long as the header, with a warning; False, after a fault, if it has too many filled cells."""
        self._warn_of_short()
        expected, found = len(self._header), len(row)
        counts = f"the row has {found} cells for {expected} columns"
        if found < expected:
            self._short = (number, found)
            row += [""] * (expected - found)
            return True
        if any(map(str.strip, row[expected:])):
            self._faults.add(f"{counts}; remove a comma, or put a cell that contains one in quotes", row=number)
            return False
        if found > self._sent_width:
            self._warnings.add(f"{counts}; the blank cells at its end are left out", row=number)
        del row[expected:]
        return True

    def end(self, *, last: int, is_cut: bool) -> None:
        """The sheet has ended with the row `last`; `is_cut` says that its last line has no end."""
        if is_cut and self._short and self._short[0] == last:
            message = "the sheet ends in the middle of this row: cells are missing, and so is the end of the line"
            self._faults.add(f"{message}; send the whole sheet", row=last)
        else:
            self._warn_of_short()

    def _warn_of_short(self) -> None:
        if self._short:
            (number, found), self._short = self._short, None
            counts = f"the row has {found} cells for {len(self._header)} columns"
            message = f"{counts}; the cells from {self._header[found]} on are taken as blank"
            self._warnings.add(message, row=number)


class _UniqueCells:
    """Columns whose cells, taken together, may occur in one row only; a row whose last of them is blank is ignored."""

    def __init__(self, names: Sequence[str], indexes: Sequence[int]) -> None:
        self.names = names
        self._key = itemgetter(*indexes, indexes[-1])  # the last one twice, so that a single one makes a tuple too
        self._first: dict[tuple[str, ...], int] = {}

    def problem(self, number: int, cells: Sequence[str]) -> str | None:
        key = self._key(cells)
        if not key[-1]:
            return None
        before = self._first.setdefault(key, number)
        if before == number:
            return None
        if len(self.names) == 1:
            return f"is the same as in row {before}; each value may occur once"
        return f"{' and '.join(self.names)} are the same as in row {before}; each combination may occur once"
