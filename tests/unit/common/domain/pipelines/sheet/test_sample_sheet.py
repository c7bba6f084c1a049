import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.pipelines.pipeline import Column, ParamType
from common.domain.pipelines.sheet.sample_sheet import MOST_COLUMNS, MOST_ROWS, SampleSheet, read_sample_sheet


def required(name: str, pattern: str) -> Column:
    return Column(
        name=name,
        type=ParamType.STRING,
        title="",
        required=True,
        allows_blank=False,
        pattern=pattern,
        expects="something else",
    )


COLUMNS = (
    required("sample", r"^\S+$"),
    required("fastq_1", r"^\S+\.f(ast)?q\.gz$"),
    required("fastq_2", r"^\S+\.f(ast)?q\.gz$"),
    Column(name="expected_cells", type=ParamType.INTEGER, title="", minimum=1),
)
HEADER = "sample,fastq_1,fastq_2,expected_cells"
ROW_A = "a,gs://lab/a_R1.fastq.gz,gs://lab/a_R2.fastq.gz,5000"
ROW_B = "b,gs://lab/b_R1.fastq.gz,gs://lab/b_R2.fastq.gz,"
GOOD = f"{HEADER}\n{ROW_A}\n{ROW_B}\n"


def read(data: bytes | str) -> SampleSheet:
    return read_sample_sheet(data, COLUMNS)


def faults_in(data: bytes | str) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.column, fault.message) for fault in read(data).faults]


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.encode(),
        GOOD.rstrip("\n"),
        "\ufeff" + GOOD,
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD + "\n\n",
        GOOD.replace(",", ", "),
        GOOD.replace("gs://lab/a_R1.fastq.gz", '"gs://lab/a_R1.fastq.gz"'),
        "fastq_2,sample,fastq_1\nx_R2.fq.gz,a,x_R1.fq.gz\nz_R2.fq.gz,b,z_R1.fq.gz\n",
        "".join(f"{line},note {number}\n" for number, line in enumerate(GOOD.splitlines())),
    ],
)
def test_sheets_that_spreadsheets_and_people_write_are_read(data: bytes | str) -> None:
    sheet = read(data)
    assert (sheet.faults, sheet.sample_count, sheet.row_count) == ((), 2, 2)


def test_samples_are_counted_and_not_rows() -> None:
    lane_2 = ROW_A.replace("_R", "_L002_R")
    sheet = read(f"{HEADER}\n{ROW_A}\n{lane_2}\n{ROW_B}\n")
    assert (sheet.sample_count, sheet.row_count, sheet.faults) == (2, 3, ())


@pytest.mark.parametrize("data", ["", b"", "  \n\n", "\ufeff", b"\xef\xbb\xbf"])
def test_an_empty_sheet_is_told_as_that(data: bytes | str) -> None:
    told = "the sheet is empty; it needs a header row and one row for each pair of files"
    assert faults_in(data) == [(None, None, told)]


def test_a_header_alone_is_no_sheet() -> None:
    told = "the sheet has a header and no samples; add a row for each pair of files"
    assert faults_in(f"{HEADER}\n") == [(None, None, told)]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_is_the_only_fault_told(mark: str, name: str) -> None:
    told = f"the columns are separated by {name}; save the sheet with commas"
    assert faults_in(GOOD.replace(",", mark)) == [(1, None, told)]


@pytest.mark.parametrize(
    ("header", "column", "told"),
    [
        ("sample,fastq_1", "fastq_2", "the column fastq_2 is missing; add it"),
        ("Sample,fastq_1,fastq_2", "sample", "the column sample is missing; rename 'Sample' to it"),
        ("sample,fastq1,fastq_2", "fastq_1", "the column fastq_1 is missing; rename 'fastq1' to it"),
        ("sample,fastq_1,fastq_2,", None, "column 4 has no name; name it or delete it"),
        ("sample,fastq_1,fastq_2,sample", "sample", "the column 'sample' is there twice; delete one"),
    ],
)
def test_a_faulty_header_is_told_with_the_remedy(header: str, column: str | None, told: str) -> None:
    row = ",".join(["x.fq.gz", "y.fq.gz", "z.fq.gz", "v"][: header.count(",") + 1])
    assert (1, column, told) in faults_in(f"{header}\n{row}\n")


def test_a_header_without_names_is_told() -> None:
    assert faults_in(f"\n{GOOD}") == [(1, None, "the row is blank; the first row must name the columns")]


def test_unknown_columns_and_blank_lines_are_warnings() -> None:
    sheet = read("sample,fastq_1,fastq_2,plate\na,1.fq.gz,2.fq.gz,P1\n\nb,3.fq.gz,4.fq.gz,P1\n")
    assert sheet.faults == ()
    assert [(warning.row, warning.column) for warning in sheet.warnings] == [(1, "plate"), (3, None)]


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    sheet = f'{HEADER},notes\n{ROW_A},"two\nlines"\n\n{ROW_B.replace("b,", "b b,")},\n'
    assert [row for row, column, _ in faults_in(sheet) if column == "sample"] == [4]


def test_every_bad_cell_is_told_with_row_and_column() -> None:
    found = faults_in(f"{HEADER}\n{ROW_A}\nb b,x.bam,,many\n")
    assert [(row, column) for row, column, _ in found] == [
        (3, "sample"),
        (3, "fastq_1"),
        (3, "fastq_2"),
        (3, "expected_cells"),
    ]


@pytest.mark.parametrize("row", [f'c,"{ROW_A}', 'c,"x"y.fq.gz,z.fq.gz,1', f"c,{'x' * 140_000}.fq.gz,z.fq.gz,1"])
def test_a_row_that_is_not_csv_ends_the_reading_and_says_where(row: str) -> None:
    found = faults_in(f"{HEADER}\n{ROW_A}\n{row}\n{ROW_B}\n")
    assert [at for at, _, _ in found] == [3]
    assert found[0][2].endswith("check its quotes: they go around a whole cell")


@pytest.mark.parametrize(
    ("data", "row", "told"),
    [
        (GOOD.encode("utf-16"), None, "the sheet is UTF-16 text"),
        (GOOD.replace("b,gs", "bü,gs").encode("latin-1"), 3, "holds a byte that is not UTF-8 text (0xfc)"),
        (b"PK\x03\x04\x14\x00\x06\xff", None, "this is an Excel workbook, not a CSV file"),
        (GOOD.replace("b,gs", "b\0,gs"), 3, r"holds a control character (\x00)"),
        (GOOD.replace("b,gs", "b\ud800,gs").replace("\n", "\r"), 3, r"holds a control character (\ud800)"),
    ],
)
def test_what_is_not_plain_text_is_told_with_how_to_save_it(data: bytes | str, row: int | None, told: str) -> None:
    at, _, message = faults_in(data)[0]
    assert (at, message) == (row, f"{told}; save the sheet as 'CSV UTF-8' and send that")


def test_reading_ends_when_nearly_every_row_is_wrong() -> None:
    sheet = read(HEADER + "\n=" * 300_000)
    assert sheet.faults[-1].message == "and at least 10,000 more like these"
    assert sheet.row_count < 11_000


def test_a_sheet_of_endless_lines_is_cut() -> None:
    assert faults_in(HEADER + "\n" * (MOST_ROWS + 5))[0][:2] == (MOST_ROWS + 1, None)


def test_a_sheet_of_endless_columns_is_cut() -> None:
    assert faults_in("a," * MOST_COLUMNS)[0][2] == f"the sheet has {MOST_COLUMNS + 1} columns; at most 500 can be read"


@given(st.text() | st.binary() | st.text('sample,fastq_1\n\r"=;', min_size=20).map(lambda text: f"{HEADER}\n{text}"))
def test_any_sheet_can_be_read(data: bytes | str) -> None:
    sheet = read(data)
    assert sheet.faults or sheet.row_count


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/\\$`;&|<>*?\"'(){}[]"), min_size=1
).filter(lambda text: text[0] not in "=+@-.~#")


@given(st.lists(CELL, min_size=1, max_size=5, unique=True))
def test_what_a_csv_writer_writes_is_read_back(names: list[str]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["sample", "fastq_1", "fastq_2"])
    writer.writerows([name, f"gs://lab/{n}_R1.fq.gz", f"gs://lab/{n}_R2.fq.gz"] for n, name in enumerate(names))
    assert read(written.getvalue()).faults == ()
    assert read(written.getvalue()).sample_count == len(names)
