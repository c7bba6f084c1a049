"""Splits the lines of a trace into cells, even if a value contains the separator; a trace quotes nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence

STATUSES = frozenset({"NEW", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", "ABORTED", "CACHED"})
HASH = re.compile(r"[0-9a-f]{2}/[0-9a-f]{6}")
MOST_COLUMNS = 200  # Nextflow has about 60 fields; each row costs time for each column
LONGEST_HEADER = 10_000  # characters; the cursor of the file keeps it

_SEPARATOR = re.compile(r"\ufeff?[\w%]{1,100}([^\w%]{1,100})")
_EXIT = re.compile(r"-|-?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_KEYS = frozenset({"task_id", "hash", "name", "workdir"})
_FREE_TEXT = ("tag", "name")  # the columns with text from the user, which may contain the separator
_MOST_EXTRA = 64  # fields; with more of them, no assignment to columns is tried


class UnreadableRow(Exception):  # noqa: N818 - a result that is caught, not an error of the program
    """The line is not a row; the text says why."""


class TraceLayout:
    """The columns in the header line, in order, and the separator between them.

    `header` of a line that is too long is its beginning, which is too long as well.
    """

    def __init__(self, header: str) -> None:
        found = _SEPARATOR.match(header)
        self.header = header[: LONGEST_HEADER + 1]
        self._separator = found[1] if found else "\t"
        names = self.header.removeprefix("\ufeff").split(self._separator)
        is_short = len(header) <= LONGEST_HEADER and len(names) <= MOST_COLUMNS
        self._columns = [name.strip() for name in names] if is_short else []

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, in order."""
        return self._columns

    def missing_fields(self, line: str) -> int:
        """The number of columns minus the number of fields in `line`."""
        return len(self._columns) - line.count(self._separator) - 1

    def without_last_cell(self, line: str) -> str:
        """`line`, which ends somewhere in its last cell, with that cell empty (`-`)."""
        before, separator, _ = line.rpartition(self._separator)
        return f"{before}{separator}-"

    def cells_of(self, line: str) -> Mapping[str, str]:
        """The cells of `line` by column. Raises UnreadableRow if the fields cannot be assigned to columns."""
        if not self._columns:
            raise UnreadableRow(
                f"the header of the trace has more than {MOST_COLUMNS} columns or {LONGEST_HEADER:,} characters"
            )
        if _KEYS.isdisjoint(self._columns):
            raise UnreadableRow("the first line of the file is not a trace header")
        fields = line.split(self._separator)
        extra = len(fields) - len(self._columns)
        if extra == 0:
            return dict(zip(self._columns, fields, strict=True))
        if 0 < extra <= _MOST_EXTRA:
            for cells in self._assignments(fields, extra):
                if _fits(cells):
                    return cells
        raise UnreadableRow(f"{len(fields)} fields, the header has {len(self._columns)} columns")

    def _assignments(self, fields: Sequence[str], extra: int) -> Iterator[Mapping[str, str]]:
        """Every assignment in which only the columns of free text contain the `extra` separators."""
        first, *others = [name for name in _FREE_TEXT if name in self._columns] or [""]
        for share in range(extra + 1) if others else [extra]:
            surplus = {first: share} | dict.fromkeys(others, extra - share)
            yield dict(self._merged(fields, surplus))

    def _merged(self, fields: Sequence[str], surplus: Mapping[str, int]) -> Iterator[tuple[str, str]]:
        at = 0
        for name in self._columns:
            end = at + 1 + surplus.get(name, 0)
            yield name, self._separator.join(fields[at:end])
            at = end


def _fits(cells: Mapping[str, str]) -> bool:
    """Whether the cells with a fixed format have it, and the name matches process and tag."""
    return (
        cells.get("status", "COMPLETED") in STATUSES
        and HASH.fullmatch(cells.get("hash", "00/000000")) is not None
        and _EXIT.fullmatch(cells.get("exit", "-")) is not None
        and _NUMBER.fullmatch(cells.get("task_id", "0")) is not None
        and _is_named_after(cells.get("name", ""), cells.get("process", ""), cells.get("tag", "-"))
    )


def _is_named_after(name: str, process: str, tag: str) -> bool:
    return name.startswith(process) and (tag == "-" or name.endswith(f" ({tag})"))
