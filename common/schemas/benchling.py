"""Responses about NGS runs and libraries in Benchling."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from common.domain.sequencing.ngs_run import Library
from common.schemas.paging import Page


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NgsRunInfo(_Answer):
    """One NGS run. `library_count` and `projects` come from its libraries; values unknown to Benchling are null."""

    name: str
    instrument: str | None
    sequencing_kit: str | None
    projects: list[str]
    library_count: int
    completed_on: date | None
    data_uri: str | None
    created_at: datetime


class NgsRunListResponse(Page):
    """A page of NGS runs, newest first."""

    runs: list[NgsRunInfo]


class LaneFiles(_Answer):
    """Both reads of one lane; `read_count` counts pairs, `q30` is the percentage of bases with quality 30 or more."""

    lane: int | None
    fastq_1: str
    fastq_2: str
    read_count: int | None
    q30: float | None


class UnpairedFile(_Answer):
    """A file without a partner, with the reason; the samplesheet omits it."""

    path: str | None
    read: str | None
    reason: str


class LibrarySample(_Answer):
    """One library of an NGS run. `sample` is its unique name in the samplesheet.

    `read_count` and `q30` are over all its lanes. Values unknown to Benchling are null.
    """

    sample: str
    library: str
    sample_id: str | None
    project: str | None
    kit: str | None
    method: str | None
    organism: str | None
    tissue: str | None
    cell_line: str | None
    perturbation: str | None
    replicate: str | None
    read_count: int | None
    q30: float | None
    lanes: list[LaneFiles]
    unpaired: list[UnpairedFile]

    @classmethod
    def of(cls, library: Library, sample: str) -> Self:
        """The response for a library that the samplesheet calls `sample`."""
        return cls(
            sample=sample,
            library=library.name,
            sample_id=library.sample_id,
            project=library.project,
            kit=library.kit,
            method=library.method,
            organism=library.organism,
            tissue=library.tissue,
            cell_line=library.cell_line,
            perturbation=library.perturbation,
            replicate=library.replicate,
            read_count=library.reads.read_count,
            q30=_rounded(library.reads.q30),
            lanes=[LaneFiles.model_validate(lane) for lane in library.reads.lanes],
            unpaired=[UnpairedFile.model_validate(file) for file in library.reads.unpaired],
        )


class NgsRunSamplesResponse(_Answer):
    """The libraries of one NGS run, sorted by name, each with its files paired by lane."""

    ngs_run: str
    instrument: str | None
    completed_on: date | None
    total: int
    unpaired_count: int
    samples: list[LibrarySample]


class BenchlingMetadata(_Answer):
    """Names of projects, instruments, kits and methods.

    They were read at `as_of`. `stale` is true if that is more than five minutes ago, because Benchling does not answer
    or is being queried now. `kits` and `methods` are those of library preparation.
    """

    projects: list[str]
    instruments: list[str]
    kits: list[str]
    sequencing_kits: list[str]
    methods: list[str]
    as_of: datetime
    stale: bool


def samples_of(libraries: Iterable[Library], names: Iterable[str]) -> list[LibrarySample]:
    """The response for each library; `names` are their names in the samplesheet."""
    return [LibrarySample.of(library, name) for library, name in zip(libraries, names, strict=True)]


def _rounded(q30: float | None) -> float | None:
    return None if q30 is None else round(q30, 2)
