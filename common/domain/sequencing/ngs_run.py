"""What a laboratory's records say of a sequencing run (an NGS run) and of the libraries on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.domain.sequencing.read_pairs import PairedReads


@dataclass(frozen=True, slots=True, kw_only=True)
class NgsRun:
    """One NGS run as a list shows it. `data_uri` is where the sequencer's output lies."""

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
    """One library of an NGS run: where it comes from, and its reads on that run. None is what nobody wrote down."""

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
        """How many read files belong to no pair."""
        return sum(len(library.reads.unpaired) for library in self.libraries)
