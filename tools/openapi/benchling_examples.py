"""Examples of the answers about sequencing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel

from common.schemas.benchling import (
    BenchlingMetadata,
    LaneFiles,
    LibrarySample,
    NgsRunInfo,
    NgsRunListResponse,
    NgsRunSamplesResponse,
)

_START: Final = datetime(2026, 11, 16, 8, 15, tzinfo=UTC)
_SEQUENCED: Final = "gs://lab-sequencing/2026-11-20_NV0000/"


def benchling_answers() -> Iterator[BaseModel]:
    """One example of each model."""
    yield NgsRunListResponse(runs=[_ngs_run()], total=1, page=1, page_size=25)
    yield _samples()
    yield _metadata()


def _ngs_run() -> NgsRunInfo:
    return NgsRunInfo(
        name="2026-11-20_NV0000",
        instrument="NovaSeq 6000",
        sequencing_kit="NovaSeq 6000 S4 Reagent Kit v1.5 (200 cycles)",
        projects=["blood-atlas"],
        library_count=1,
        completed_on=_START.date(),
        data_uri=_SEQUENCED,
        created_at=_START,
    )


def _samples() -> NgsRunSamplesResponse:
    run, stem = _ngs_run(), f"{_SEQUENCED}pbmc_1_S1_L001"
    files = LaneFiles(
        lane=1, fastq_1=f"{stem}_R1_001.fastq.gz", fastq_2=f"{stem}_R2_001.fastq.gz", read_count=182_340_511, q30=93.4
    )
    sample = LibrarySample(
        sample="pbmc_1",
        library="pbmc 1",
        sample_id="LPS-0231-001",
        project=run.projects[0],
        kit="Chromium GEM-X Single Cell 3' Kit v4",
        method="10x 3' v4",
        organism="Homo sapiens",
        tissue="peripheral blood",
        cell_line=None,
        perturbation=None,
        replicate="1",
        read_count=files.read_count,
        q30=files.q30,
        lanes=[files],
        unpaired=[],
    )
    return NgsRunSamplesResponse(
        ngs_run=run.name,
        instrument=run.instrument,
        completed_on=run.completed_on,
        total=1,
        unpaired_count=0,
        samples=[sample],
    )


def _metadata() -> BenchlingMetadata:
    return BenchlingMetadata(
        projects=["blood-atlas", "liver atlas, second pass"],
        instruments=["NextSeq 2000"],
        kits=["Chromium GEM-X Single Cell 3' Kit v4"],
        sequencing_kits=["NextSeq 1000/2000 P2 Reagents (100 Cycles) v3"],
        methods=["10x 3' v4"],
        as_of=_START,
        stale=False,
    )
