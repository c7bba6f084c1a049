"""Answers about what was sequenced hold what the service found, and nothing of Benchling's own ids."""

from dataclasses import replace
from datetime import UTC, date, datetime

from common.domain.sequencing.ngs_run import NgsRun
from common.domain.sequencing.read_pairs import FastqFile, pair_reads
from common.schemas.benchling import LibrarySample, NgsRunInfo, samples_of
from tests.unit.common.domain.sequencing.test_samplesheet import library

FILES = [
    FastqFile(path="a_L001_R1.fastq.gz", read="R1", read_count=7, q30=90.123),
    FastqFile(path="a_L001_R2.fastq.gz", read="R2", read_count=7, q30=91.456),
    FastqFile(path="a_L002_R1.fastq.gz", read="R1"),
]


def test_a_run_is_told_as_it_was_found() -> None:
    run = NgsRun(
        id="bfi_1",
        name="NB0231",
        instrument=None,
        sequencing_kit=None,
        projects=("a", "b"),
        library_count=2,
        completed_on=date(2026, 11, 22),
        data_uri=None,
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    told = NgsRunInfo.model_validate(run).model_dump(mode="json")
    assert (told["name"], told["projects"], told["completed_on"]) == ("NB0231", ["a", "b"], "2026-11-22")
    assert "id" not in told


def test_a_library_is_told_with_its_lanes_and_with_what_is_unpaired() -> None:
    found = replace(library("donor 1"), reads=pair_reads(FILES), organism="Homo sapiens")
    told = LibrarySample.of(found, "donor_1").model_dump()
    assert (told["sample"], told["library"], told["organism"], told["tissue"]) == (
        "donor_1", "donor 1", "Homo sapiens", None,
    )  # fmt: skip
    assert (told["read_count"], told["q30"], [lane["lane"] for lane in told["lanes"]]) == (7, 90.79, [1])
    assert told["unpaired"] == [{"path": "a_L002_R1.fastq.gz", "read": "R1", "reason": "its read 2 is missing"}]


def test_each_library_gets_its_name_in_the_sheet() -> None:
    told = samples_of([library("a b"), library("c")], ["a_b", "c"])
    assert [(sample.sample, sample.library) for sample in told] == [("a_b", "a b"), ("c", "c")]
