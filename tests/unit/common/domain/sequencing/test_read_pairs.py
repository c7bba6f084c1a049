"""Read 1 and read 2 of a lane are a pair; a file without a partner is reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.sequencing.read_pairs import FastqFile, Lane, PairedReads, pair_reads

AT = "gs://lab-sequencing/NB0231/pbmc_S1"


def illumina(lane: int, read: str, **facts: object) -> FastqFile:
    return FastqFile(path=f"{AT}_L{lane:03}_{read}_001.fastq.gz", read=read, **facts)  # type: ignore[arg-type]


def plain(name: str, read: str | None = None) -> FastqFile:
    return FastqFile(path=name, read=read)


def reasons(*files: FastqFile) -> list[str]:
    return [read.reason for read in pair_reads(files).unpaired]


def pairs(*files: FastqFile) -> list[tuple[str, str]]:
    return [(lane.fastq_1, lane.fastq_2) for lane in pair_reads(files).lanes]


def test_both_reads_of_each_lane_are_a_pair_in_the_order_of_the_lanes() -> None:
    found = pair_reads([illumina(2, "R2"), illumina(1, "R1"), illumina(2, "R1"), illumina(1, "R2")])
    assert [(lane.lane, lane.fastq_1[-16:], lane.fastq_2[-16:]) for lane in found.lanes] == [
        (1, "_R1_001.fastq.gz", "_R2_001.fastq.gz"),
        (2, "_R1_001.fastq.gz", "_R2_001.fastq.gz"),
    ]
    assert found.unpaired == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a_R1.fastq.gz", "a_R2.fastq.gz"),
        ("a_1.fq.gz", "a_2.fq.gz"),
        ("a.R1.fq.gz", "a.R2.fq.gz"),
        ("gs://b/a_R1_001.fastq.gz", "gs://b/a_R2_001.fastq.gz"),
    ],
)
def test_files_are_paired_by_name_alone(first: str, second: str) -> None:
    assert pairs(plain(second), plain(first)) == [(first, second)]


@pytest.mark.parametrize(("one", "two"), [("1", "2"), ("r1", "r2"), ("Read 1", "read 2"), ("R1 ", " R2")])
def test_a_read_is_recorded_in_several_ways(one: str, two: str) -> None:
    assert pairs(plain("fwd_L001.fastq.gz", one), plain("rev_L001.fastq.gz", two)) == [
        ("fwd_L001.fastq.gz", "rev_L001.fastq.gz")
    ]


def test_the_same_lane_of_two_flow_cells_is_two_pairs() -> None:
    files = [plain(f"gs://b/{cell}/x_L001_R{read}_001.fastq.gz") for cell in ("A", "B") for read in (1, 2)]
    assert len(pairs(*files)) == 2


def test_a_file_that_is_recorded_twice_counts_once() -> None:
    assert len(pairs(illumina(1, "R1"), illumina(1, "R1"), illumina(1, "R2"))) == 1


def test_index_reads_are_ignored() -> None:
    index = [illumina(1, "I1"), illumina(1, "I2"), plain(f"{AT}_L001_I1_001.fastq.gz")]
    found = pair_reads([*index, illumina(1, "R1"), illumina(1, "R2")])
    assert (len(found.lanes), found.unpaired) == (1, [])


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (illumina(1, "R1"), "its read 2 is missing"),
        (illumina(1, "R2"), "its read 1 is missing"),
        (plain("a.fastq.gz"), "neither its record nor its name says whether it is read 1 or read 2"),
        (plain("a.fastq.gz", "R3"), "is recorded as neither read 1 nor read 2"),
        (plain("a_R2.fastq.gz", "R1"), "is recorded as read 1, but its name says read 2"),
        (FastqFile(path=None, read="R1"), "no file is recorded for this read"),
        (FastqFile(path="", read="R1"), "no file is recorded for this read"),
        (plain("a_R1.bam", "R1"), "is not a FASTQ file"),
        (plain("a b_R1.fastq.gz", "R1"), "is not a FASTQ file that pipelines accept: use a path without spaces"),
        (plain("=a_R1.fastq.gz", "R1"), "is not a FASTQ file"),
    ],
)
def test_a_file_without_a_partner_has_a_reason(file: FastqFile, reason: str) -> None:
    found = pair_reads([file])
    assert found.lanes == []
    assert found.unpaired[0].reason.startswith(reason)
    assert found.unpaired[0].path == file.path


def test_several_files_for_the_same_read_are_not_paired() -> None:
    ambiguous = [plain("x_L001.fastq.gz", "R1"), plain("y_L001.fastq.gz", "R1"), plain("z_L001.fastq.gz", "R2")]
    assert reasons(*ambiguous) == ["several files are recorded for the same read of this lane"] * 3


def test_the_reads_of_a_pair_are_counted_once() -> None:
    (lane,) = pair_reads([illumina(1, "R1", read_count=7, q30=90.0), illumina(1, "R2", read_count=7, q30=94.0)]).lanes
    assert (lane.read_count, lane.q30) == (7, 92.0)


def lane_with(read_count: int | None, q30: float | None) -> Lane:
    return Lane(lane=1, fastq_1="a", fastq_2="b", read_count=read_count, q30=q30)


@pytest.mark.parametrize(
    ("lanes", "read_count", "q30"),
    [
        ([], None, None),
        ([lane_with(None, None)], None, None),
        ([lane_with(30, 80.0), lane_with(10, 100.0)], 40, 85.0),
        ([lane_with(30, 80.0), lane_with(None, 100.0)], 30, 90.0),
        ([lane_with(30, None), lane_with(10, 100.0)], 40, 100.0),
        ([lane_with(0, 50.0)], 0, 50.0),
    ],
)
def test_a_library_sums_up_its_lanes(lanes: list[Lane], read_count: int | None, q30: float | None) -> None:
    found = PairedReads(lanes=lanes)
    assert (found.read_count, found.q30) == (read_count, q30)


@given(
    st.lists(
        st.builds(
            FastqFile,
            path=st.none()
            | st.text()
            | st.from_regex(r"[ab](_L00[12])?([_.]R?[123])?(_001)?\.fastq\.gz", fullmatch=True),
            read=st.none() | st.text() | st.sampled_from(["R1", "R2", "I1"]),
            read_count=st.none() | st.integers(0, 10**12),
            q30=st.none() | st.floats(0, 100),
        )
    )
)
def test_every_file_is_reported_once_or_is_an_index_read(files: list[FastqFile]) -> None:
    found = pair_reads(files)
    paths = [path for lane in found.lanes for path in (lane.fastq_1, lane.fastq_2)]
    paths += [read.path for read in found.unpaired if read.path]
    assert {file.path for file in files if file.path} >= set(paths)
    assert len(found.lanes) * 2 + len(found.unpaired) <= len(files)
    assert all(lane.fastq_1 != lane.fastq_2 for lane in found.lanes)


@pytest.mark.parametrize("path", ["0.fastq.gz", "pbmc_S1_L001.fastq.gz"])
def test_a_file_that_is_recorded_as_both_reads_is_not_paired_with_itself(path: str) -> None:
    found = pair_reads([FastqFile(path=path, read="R1"), FastqFile(path=path, read="R2")])
    assert not found.lanes
    assert {read.reason for read in found.unpaired} == {"the same file is recorded as read 1 and as read 2"}
