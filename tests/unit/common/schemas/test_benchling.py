"""Benchling responses have what the service found, without Benchling's ids."""

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


def test_an_ngs_run_response_has_its_facts_without_its_id() -> None:
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
    answer = NgsRunInfo.model_validate(run).model_dump(mode="json")
    assert (answer["name"], answer["projects"], answer["completed_on"]) == ("NB0231", ["a", "b"], "2026-11-22")
    assert "id" not in answer


def test_a_library_response_has_its_lanes_and_unpaired_files() -> None:
    found = replace(library("donor 1"), reads=pair_reads(FILES), organism="Homo sapiens")
    answer = LibrarySample.of(found, "donor_1").model_dump()
    assert (answer["sample"], answer["library"], answer["organism"], answer["tissue"]) == (
        "donor_1", "donor 1", "Homo sapiens", None,
    )  # fmt: skip
    assert (answer["read_count"], answer["q30"], [lane["lane"] for lane in answer["lanes"]]) == (7, 90.79, [1])
    assert answer["unpaired"] == [{"path": "a_L002_R1.fastq.gz", "read": "R1", "reason": "its read 2 is missing"}]


def test_each_library_response_has_its_samplesheet_name() -> None:
    answer = samples_of([library("a b"), library("c")], ["a_b", "c"])
    assert [(sample.sample, sample.library) for sample in answer] == [("a_b", "a b"), ("c", "c")]
