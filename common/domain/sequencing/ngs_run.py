"""A sequencing run (NGS run) and its libraries, as the laboratory recorded them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.domain.sequencing.read_pairs import PairedReads


@dataclass(frozen=True, slots=True, kw_only=True)
class NgsRun:
    """One NGS run as a list shows it. `data_uri` is the location of the sequencer's output."""

    id: str
    name: str
    instrument: str | None
    sequencing_kit: str | None
    projects: tuple[str, ...]
    library_count: int
    completed_on: date | None
    data_uri: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One library of an NGS run: its origin, and its reads on that run. None: not recorded."""

    id: str
    name: str
    sample_id: str | None
    project: str | None
    kit: str | None
    method: str | None
    organism: str | None
    tissue: str | None
    cell_line: str | None
    perturbation: str | None
    replicate: str | None
    reads: PairedReads


@dataclass(frozen=True, slots=True, kw_only=True)
class NgsRunLibraries:
    """An NGS run with its libraries, by name."""

    name: str
    instrument: str | None
    completed_on: date | None
    libraries: Sequence[Library]

    @property
    def unpaired_count(self) -> int:
        """The number of read files without a partner."""
        return sum(len(library.reads.unpaired) for library in self.libraries)
