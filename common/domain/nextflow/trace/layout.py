"""Cuts the lines of a trace into cells, also where a value holds the separator: nothing in a trace is quoted."""

import re
from collections.abc import Iterator, Mapping, Sequence

STATUSES = frozenset({"NEW", "SUBMITTED", "RUNNING", "COMPLETED", "FAILED", "ABORTED", "CACHED"})
HASH = re.compile(r"[0-9a-f]{2}/[0-9a-f]{6}")

_SEPARATOR = re.compile(r"\ufeff?[\w%]+([^\w%]+)")
_KEYS = frozenset({"task_id", "hash", "name", "workdir"})
_FREE_TEXT = ("tag", "name")  # the columns that hold the user's own text, and so may hold a separator
_MOST_EXTRA = 64  # fields; beyond that the ways to share them out are not worth trying


class UnreadableRow(Exception):  # noqa: N818 - it is caught as data, and is no error of the program
    """This line is no row; the text says why."""


class TraceLayout:
    """What the header line says: the columns, in their order, and what stands between them."""

    def __init__(self, header: str) -> None:
        found = _SEPARATOR.match(header)
        self.header = header
        self._separator = found[1] if found else "\t"
        self._columns = [name.strip() for name in header.removeprefix("\ufeff").split(self._separator)]

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, in their order."""
        return self._columns

    def missing_fields(self, line: str) -> int:
        """How many fields `line` has less than there are columns; negative when it has more."""
        return len(self._columns) - line.count(self._separator) - 1

    def cells_of(self, line: str) -> Mapping[str, str]:
        """The cells of `line` by column; UnreadableRow when they cannot be told apart."""
        if _KEYS.isdisjoint(self._columns):
            raise UnreadableRow("the first line of the file is no trace header")
        fields = line.split(self._separator)
        extra = len(fields) - len(self._columns)
        if extra == 0:
            return dict(zip(self._columns, fields, strict=True))
        if 0 < extra <= _MOST_EXTRA:
            for cells in self._ways_to_share_out(fields, extra):
                if _fits(cells):
                    return cells
        raise UnreadableRow(f"{len(fields)} fields, the header has {len(self._columns)} columns")

    def _ways_to_share_out(self, fields: Sequence[str], extra: int) -> Iterator[Mapping[str, str]]:
        """Every reading in which the free text columns, and no others, hold the `extra` separators."""
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
    """Whether the cells that have a fixed form have it, and tag and name agree."""
    return (
        cells.get("status", "COMPLETED") in STATUSES
        and HASH.fullmatch(cells.get("hash", "00/000000")) is not None
        and re.fullmatch(r"-|-?\d+", cells.get("exit", "-")) is not None
        and re.fullmatch(r"\d+", cells.get("task_id", "0")) is not None
        and _is_named_after(cells.get("name", ""), cells.get("process", ""), cells.get("tag", "-"))
    )


def _is_named_after(name: str, process: str, tag: str) -> bool:
    return name.startswith(process) and (tag == "-" or name.endswith(f" ({tag})"))
