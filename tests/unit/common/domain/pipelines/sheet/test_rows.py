import pytest

from common.domain.pipelines.pipeline import Column, ParamType
from common.domain.pipelines.sheet.rows import MOST_COUNTED, MOST_LISTED, Complaints, RowRules

PAIR = ("sample", "fastq_1", "fastq_2")


def columns(*, single_allowed: bool = False) -> list[Column]:
    blank = {"sample": False, "fastq_1": False, "fastq_2": single_allowed}
    return [Column(name=name, type=ParamType.STRING, title="", allows_blank=blank[name]) for name in PAIR]


def judged(
    *rows: list[str], header: tuple[str, ...] = PAIR, single_allowed: bool = False
) -> list[tuple[int | None, str | None, str]]:
    faults = Complaints()
    rules = RowRules(header, columns(single_allowed=single_allowed), faults, Complaints())
    for number, row in enumerate(rows, start=2):
        rules.check(number, row)
    return [(fault.row, fault.column, fault.message) for fault in faults.listed()]


def test_lanes_of_one_sample_are_welcome() -> None:
    assert judged(["a", "a1_R1", "a1_R2"], ["a", "a2_R1", "a2_R2"], ["b", "b_R1", "b_R2"]) == []


def test_a_row_that_is_too_short_says_what_is_missing() -> None:
    assert judged(["a", "r1"]) == [(2, None, "the row has 2 of 3 cells; fastq_2 and what follows it are missing")]


def test_a_row_that_is_too_long_says_how_that_comes_about() -> None:
    told = "the row has 4 cells for 3 columns; remove a comma, or put a cell that holds one in quotes"
    assert judged(["a", "r1", "r2", ""]) == [(2, None, told)]


def test_a_row_of_nothing_but_commas_is_one_fault() -> None:
    assert judged(["", " ", ""]) == [(2, None, "the row is empty; delete it")]


def test_both_reads_in_one_file_are_told() -> None:
    told = "is the same file as fastq_1; give the file of read 2"
    assert judged(["a", "r1", " r1"]) == [(2, "fastq_2", told)]


def test_a_lane_given_twice_is_told_once_with_the_row_before() -> None:
    told = "is the same file as in row 2; give each lane once, with its own files"
    assert judged(["a", "r1", "r2"], ["b", "x1", "x2"], ["a", "r1", "r2"]) == [(4, "fastq_1", told)]


def test_a_read_2_that_belongs_to_another_row_is_told() -> None:
    told = "is the same file as in row 2; give each lane once, with its own files"
    assert judged(["a", "r1", "r2"], ["a", "x1", "r2"]) == [(3, "fastq_2", told)]


def test_two_kinds_of_library_may_share_a_file() -> None:
    header = (*PAIR, "feature_type")
    assert judged(["a", "r1", "r2", "ab"], ["a", "r1", "r2", "cmo"], header=header) == []


def test_a_sample_that_is_paired_and_single_is_told_where_it_changes() -> None:
    told = "sample 'a' is single-end here and paired-end above; all its rows must be alike"
    assert judged(["a", "r1", "r2"], ["a", "x1", ""], single_allowed=True) == [(3, "fastq_2", told)]


def test_a_blank_read_2_is_told_once_where_it_is_required() -> None:
    assert judged(["a", "r1", "r2"], ["a", "x1", ""]) == [(3, "fastq_2", "is empty; give a value")]


def test_every_bad_cell_of_a_row_is_told() -> None:
    assert [column for _, column, _ in judged(["", "=x", ""])] == ["sample", "fastq_1", "fastq_2"]


def test_samples_are_counted_once_each() -> None:
    rules = RowRules(PAIR, columns(), Complaints(), Complaints())
    for number, name in enumerate(["a", "b ", "b"]):
        rules.check(number, [name, f"{number}_R1", f"{number}_R2"])
    assert list(rules.samples) == ["a", "b"]


def test_a_sheet_without_reads_or_samples_can_be_judged() -> None:
    assert judged(["x"], ["x"], header=("library",)) == []


def test_more_faults_than_anybody_reads_are_counted_instead() -> None:
    faults = Complaints()
    for row in range(MOST_LISTED + 3):
        faults.add("is wrong", row=row)
    *listed, last = faults.listed()
    assert (len(listed), last.message) == (MOST_LISTED, "and 3 more like these")
    assert not faults.are_enough


def test_counting_ends_where_reading_on_helps_nobody() -> None:
    faults = Complaints()
    for row in range(MOST_LISTED + MOST_COUNTED):
        faults.add("is wrong", row=row)
    assert faults.are_enough
    assert faults.listed()[-1].message == "and at least 10,000 more like these"


def test_lanes_that_need_not_be_alike_may_be_paired_and_single_and_share_files() -> None:
    faults = Complaints()
    rules = RowRules(PAIR, columns(single_allowed=True), faults, Complaints(), lanes_are_alike=False)
    for number, row in enumerate([["a", "r1", "r2"], ["a", "r1", ""]], start=2):
        rules.check(number, row)
    assert faults.listed() == ()


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
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
def test_reads_that_look_swapped_are_warned_of(first: str, second: str, is_told: bool) -> None:
    faults, warnings = Complaints(), Complaints()
    RowRules(PAIR, columns(single_allowed=True), faults, warnings).check(2, ["a", first, second])
    assert [(told.row, told.column) for told in warnings.listed()] == ([(2, "fastq_1")] if is_told else [])
    assert faults.listed() == ()
