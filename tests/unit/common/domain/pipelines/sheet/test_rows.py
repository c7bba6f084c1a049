from dataclasses import replace

import pytest

from common.domain.pipelines.pipeline import Column, ParamType, PipelineVersion
from common.domain.pipelines.sheet.rows import MOST_COUNTED, MOST_LISTED, FaultList, RowRules

PAIR = ("sample", "fastq_1", "fastq_2")


def release(*, single_allowed: bool = False) -> PipelineVersion:
    blank = {"sample": False, "fastq_1": False, "fastq_2": single_allowed}
    columns = [Column(name=name, type=ParamType.STRING, title="", allows_blank=blank[name]) for name in PAIR]
    return PipelineVersion(
        pipeline="lab/x", version="1.0.0", groups=(), params=(), columns=tuple(columns), lanes_are_alike=True
    )


def faults_in(
    *rows: list[str], header: tuple[str, ...] = PAIR, version: PipelineVersion | None = None
) -> list[tuple[int | None, str | None, str]]:
    faults = FaultList()
    rules = RowRules(header, version or release(), faults, FaultList())
    for number, row in enumerate(rows, start=2):
        rules.check(number, row)
    return [(fault.row, fault.column, fault.message) for fault in faults.listed()]


def test_a_sample_may_have_several_lanes() -> None:
    assert faults_in(["a", "a1_R1", "a1_R2"], ["a", "a2_R1", "a2_R2"], ["b", "b_R1", "b_R2"]) == []


def test_a_row_of_commas_only_is_one_fault() -> None:
    assert faults_in(["", " ", ""]) == [(2, None, "the row is empty; delete it")]


def test_one_file_for_both_reads_is_reported() -> None:
    message = "is the same file as fastq_1; give the file of read 2"
    assert faults_in(["a", "r1", " r1"]) == [(2, "fastq_2", message)]


def test_a_repeated_lane_is_reported_once_with_the_earlier_row() -> None:
    message = "is the same file as in row 2; list each lane once, with its own files"
    assert faults_in(["a", "r1", "r2"], ["b", "x1", "x2"], ["a", "r1", "r2"]) == [(4, "fastq_1", message)]


def test_a_read_2_of_another_row_is_reported() -> None:
    message = "is the same file as in row 2; list each lane once, with its own files"
    assert faults_in(["a", "r1", "r2"], ["a", "x1", "r2"]) == [(3, "fastq_2", message)]


def test_two_types_of_library_may_share_a_file() -> None:
    header = (*PAIR, "feature_type")
    assert faults_in(["a", "r1", "r2", "ab"], ["a", "r1", "r2", "cmo"], header=header) == []


def test_a_sample_with_paired_and_single_rows_is_reported_where_it_changes() -> None:
    message = (
        "sample 'a' is single-end here and paired-end in an earlier row; make all its rows paired-end or all single-end"
    )
    assert faults_in(["a", "r1", "r2"], ["a", "x1", ""], version=release(single_allowed=True)) == [
        (3, "fastq_2", message)
    ]


def test_a_blank_required_read_2_is_reported_once() -> None:
    assert faults_in(["a", "r1", "r2"], ["a", "x1", ""]) == [(3, "fastq_2", "is empty; enter a value")]


def test_every_invalid_cell_of_a_row_is_reported() -> None:
    assert [column for _, column, _ in faults_in(["", "=x", ""])] == ["sample", "fastq_1", "fastq_2"]


def test_each_sample_is_counted_once() -> None:
    rules = RowRules(PAIR, release(), FaultList(), FaultList())
    for number, name in enumerate(["a", "b ", "b"]):
        rules.check(number, [name, f"{number}_R1", f"{number}_R2"])
    assert list(rules.samples) == ["a", "b"]


def test_a_sheet_without_read_or_sample_columns_can_be_checked() -> None:
    assert faults_in(["x"], ["x"], header=("library",)) == []


def test_faults_beyond_the_limit_are_counted() -> None:
    faults = FaultList()
    for row in range(MOST_LISTED + 3):
        faults.add("is wrong", row=row)
    *listed, last = faults.listed()
    assert (len(listed), last.message) == (MOST_LISTED, "and 3 more like these")
    assert not faults.is_full


def test_counting_stops_at_the_second_limit() -> None:
    faults = FaultList()
    for row in range(MOST_LISTED + MOST_COUNTED):
        faults.add("is wrong", row=row)
    assert faults.is_full
    assert faults.listed()[-1].message == "and at least 10,000 more like these"


def test_lanes_that_need_not_be_alike_may_be_paired_or_single_and_share_files() -> None:
    faults = FaultList()
    version = replace(release(single_allowed=True), lanes_are_alike=False)
    rules = RowRules(PAIR, version, faults, FaultList())
    for number, row in enumerate([["a", "r1", "r2"], ["a", "r1", ""]], start=2):
        rules.check(number, row)
    assert faults.listed() == ()


@pytest.mark.parametrize(
    ("first", "second", "is_warned"),
    [
        ("gs://lab/a_R2.fq.gz", "gs://lab/a_R1.fq.gz", True),
        ("gs://lab/a_S1_L001_R2_001.fastq.gz", "gs://lab/a_S1_L001_R1_001.fastq.gz", True),
        ("gs://lab/a_R1.fq.gz", "gs://lab/a_R2.fq.gz", False),
        ("gs://lab/patient_R2/a_R1.fq.gz", "gs://lab/patient_R2/a_R2.fq.gz", False),
        ("gs://lab/a_R2.fq.gz", "gs://lab/b_R1.fq.gz", False),
        ("gs://lab/a_R2.fq.gz", "gs://lab/a_R3.fq.gz", False),  # read 2 is an index where there are three
        ("gs://lab/a_R2.fq.gz", "", False),
    ],
)
def test_reads_that_look_swapped_bring_a_warning(first: str, second: str, is_warned: bool) -> None:
    faults, warnings = FaultList(), FaultList()
    RowRules(PAIR, release(single_allowed=True), faults, warnings).check(2, ["a", first, second])
    assert [(warning.row, warning.column) for warning in warnings.listed()] == ([(2, "fastq_1")] if is_warned else [])
    assert faults.listed() == ()


def test_cells_that_must_be_unique_are_reported_with_the_earlier_row() -> None:
    version = replace(release(), columns=(), lanes_are_alike=False, unique=(("sample",), ("fastq_1", "fastq_2")))
    assert faults_in(["a", "x", "y"], ["b", "", "y"], ["a", "x", "y"], version=version) == [
        (4, "sample", "is the same as in row 2; each value may occur once"),
        (4, "fastq_2", "fastq_1 and fastq_2 are the same as in row 2; each combination may occur once"),
    ]


def test_rules_that_span_cells_are_checked_when_each_cell_fits() -> None:
    version = replace(release(), check_row=lambda _: [("fastq_2", "is required with fastq_1")])
    assert faults_in(["a", "x", "y"], ["a", "=x", "z"], version=version) == [
        (2, "fastq_2", "is required with fastq_1"),
        (3, "fastq_1", "'=x' begins like a spreadsheet formula; begin it with a letter or a digit"),
    ]
