"""BenchlingService: NGS runs and their libraries, read from the Benchling warehouse."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from sqlalchemy import RowMapping

from common.domain.sequencing.ngs_run import Library, NgsRun, NgsRunLibraries
from common.domain.sequencing.read_pairs import FastqFile, pair_reads
from common.errors import NotFoundError, TooLargeError
from common.services.benchling.mapping import TableNames
from common.services.benchling.metadata import KnownNames, MetadataCache
from common.services.benchling.tables import WarehouseTables
from common.services.benchling.warehouse import Warehouse
from common.services.paging import COUNTED_AT_MOST, CursorCodec, Total

MOST_FILES: Final = 100_000  # per NGS run; ten times as many as the largest sequencer makes
KINDS: Final = ("projects", "instruments", "kits", "sequencing_kits", "methods")


@dataclass(frozen=True, slots=True, kw_only=True)
class NgsRunFilter:
    """Which NGS runs, and which page of them.

    `name` is part of a name in any letter case; `instrument` and `project` are whole names; both days are included.
    """

    name: str | None = None
    instrument: str | None = None
    project: str | None = None
    completed_from: date | None = None
    completed_to: date | None = None
    page_size: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NgsRunPage:
    """One page, newest first."""

    runs: Sequence[NgsRun]
    total: Total
    next_cursor: str | None


class NgsRunPosition(NamedTuple):
    """The position of an NGS run in a list of them."""

    created_at: datetime
    id: str


_CURSORS: Final = CursorCodec(NgsRunPosition)
_LIST: Final = "ngs_runs"


class BenchlingService:
    """Reads the warehouse. Every method raises BenchlingError while it does not answer."""

    def __init__(self, warehouse: Warehouse, names: TableNames, clock: Callable[[], datetime]) -> None:
        self._tables = WarehouseTables(warehouse, names)
        self._names = MetadataCache(self._load_names, clock)

    def list_runs(self, query: NgsRunFilter) -> NgsRunPage:
        """A page of NGS runs. Raises ValidationError for an invalid cursor."""
        created, run_id = _CURSORS.decode(query.cursor, of=_LIST) if query.cursor else (None, None)
        rows = self._tables.rows(
            "runs",
            name_pattern=_containing(query.name) if query.name else None,
            instrument=query.instrument,
            project=query.project,
            completed_from=query.completed_from,
            completed_to=query.completed_to,
            after_created=created,
            after_id=run_id,
            page_size=query.page_size + 1,
            most_counted=COUNTED_AT_MOST + 1,
        )
        runs = [_ngs_run(row) for row in rows if row["id"] is not None]
        page = runs[: query.page_size]
        more = len(runs) > query.page_size
        return NgsRunPage(
            runs=page, total=Total.capped(int(rows[0]["total"])), next_cursor=_cursor_after(page[-1]) if more else None
        )

    def libraries_of(self, ngs_run: str) -> NgsRunLibraries:
        """The libraries of the NGS run of this name. Raises NotFoundError, TooLargeError beyond MOST_FILES."""
        rows = self._tables.rows("samples", name=ngs_run, most_rows=MOST_FILES + 1)
        if not rows:
            raise NotFoundError("Benchling has no NGS run of this name; GET /api/benchling/runs lists all runs")
        if len(rows) > MOST_FILES:
            raise TooLargeError(f"the NGS run has more than {MOST_FILES:,} files, too many for one answer")
        return NgsRunLibraries(
            name=rows[0]["ngs_run"],
            instrument=rows[0]["instrument"],
            completed_on=rows[0]["completed_on"],
            libraries=[_library(files) for key, files in groupby(rows, _library_id) if key is not None],
        )

    def known_names(self) -> KnownNames:
        """Names of projects, instruments and so on, at most five minutes old unless marked as stale."""
        return self._names.get()

    def _load_names(self) -> Mapping[str, tuple[str, ...]]:
        rows = self._tables.rows("metadata")
        return {kind: tuple(str(row["name"]) for row in rows if row["kind"] == kind and row["name"]) for kind in KINDS}


def _containing(part: str) -> str:
    """The LIKE pattern for texts that contain `part` literally; ! is the escape character."""
    for wildcard in "!%_":
        part = part.replace(wildcard, f"!{wildcard}")
    return f"%{part}%"


def _cursor_after(run: NgsRun) -> str:
    return _CURSORS.encode(NgsRunPosition(run.created_at, run.id), of=_LIST)


def _ngs_run(row: RowMapping) -> NgsRun:
    created: datetime = row["created_at"]
    return NgsRun(
        id=row["id"],
        name=_text(row["name"]) or str(row["id"]),
        instrument=_text(row["instrument"]),
        sequencing_kit=_text(row["sequencing_kit"]),
        projects=tuple(map(str, row["projects"] or ())),
        library_count=int(row["library_count"] or 0),
        completed_on=row["completed_on"],
        data_uri=_text(row["data_uri"]),
        created_at=created if created.tzinfo else created.replace(tzinfo=UTC),
    )


def _library_id(row: RowMapping) -> Any:  # noqa: ANN401 an id in Benchling, of any type
    return row["id"]


def _library(rows: Iterable[RowMapping]) -> Library:
    of_library = list(rows)
    first = of_library[0]
    return Library(
        id=str(first["id"]),
        name=_text(first["name"]) or str(first["id"]),
        sample_id=_text(first["sample_id"]),
        project=_text(first["project"]),
        kit=_text(first["kit"]),
        method=_text(first["method"]),
        organism=_text(first["organism"]),
        tissue=_text(first["tissue"]),
        cell_line=_text(first["cell_line"]),
        perturbation=_text(first["perturbation"]),
        replicate=_text(first["replicate"]),
        reads=pair_reads(_file(row) for row in of_library if row["file_id"] is not None),
    )


def _file(row: RowMapping) -> FastqFile:
    return FastqFile(
        path=_text(row["path"]),
        read=_text(row["read"]),
        read_count=None if (count := _number(row["read_count"])) is None else int(count),
        q30=_number(row["q30"]),
    )


def _number(value: object) -> float | None:
    """A cell as a number, also from a text such as 12,000; None if it is empty or not a number."""
    try:
        return None if value is None else float(str(value).replace(",", ""))
    except ValueError:
        return None


def _text(value: object) -> str | None:
    """A cell as text; None if it is empty. Some laboratories store numbers where we expect names."""
    return str(value) if value is not None and value != "" else None
