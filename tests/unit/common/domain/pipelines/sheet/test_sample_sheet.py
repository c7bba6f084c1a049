import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.pipelines.pipeline import Column, ParamType, PipelineVersion
from common.domain.pipelines.request_texts import FieldLocation
from common.domain.pipelines.sheet.header import MOST_COLUMNS
from common.domain.pipelines.sheet.sample_sheet import MOST_CELLS, MOST_ROWS, SampleSheet, read_sample_sheet
from common.domain.text.wording import MOST_GUESSES


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


RELEASE = PipelineVersion(
    pipeline="lab/x",
    version="1.0.0",
    groups=(),
    params=(),
    columns=(
        required("sample", r"^\S+$"),
        required("fastq_1", r"^\S+\.f(ast)?q\.gz$"),
        required("fastq_2", r"^\S+\.f(ast)?q\.gz$"),
        Column(name="expected_cells", type=ParamType.INTEGER, title="", minimum=1),
    ),
    lanes_are_alike=True,
)
HEADER = "sample,fastq_1,fastq_2,expected_cells"
ROW_A = "a,gs://lab/a_R1.fastq.gz,gs://lab/a_R2.fastq.gz,5000"
ROW_B = "b,gs://lab/b_R1.fastq.gz,gs://lab/b_R2.fastq.gz,"
GOOD = f"{HEADER}\n{ROW_A}\n{ROW_B}\n"


def read(data: bytes | str) -> SampleSheet:
    return read_sample_sheet(data, RELEASE)


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
def test_sheets_as_people_and_spreadsheets_write_them_are_read(data: bytes | str) -> None:
    sheet = read(data)
    assert (sheet.faults, sheet.sample_count, sheet.row_count) == ((), 2, 2)


def test_samples_are_counted_and_not_rows() -> None:
    lane_2 = ROW_A.replace("_R", "_L002_R")
    sheet = read(f"{HEADER}\n{ROW_A}\n{lane_2}\n{ROW_B}\n")
    assert (sheet.sample_count, sheet.row_count, sheet.faults) == (2, 3, ())
    assert sheet.samples == "a\nb"


def test_as_many_names_of_samples_are_kept_as_fit() -> None:
    rows = [f"s{number:05},gs://lab/{number}_R1.fq.gz,gs://lab/{number}_R2.fq.gz,5000\n" for number in range(2_000)]
    sheet = read(f"{HEADER}\n{''.join(rows)}")
    assert sheet.sample_count == 2_000
    assert sheet.samples.split("\n") == [f"s{number:05}" for number in range(1_428)]


@pytest.mark.parametrize("data", ["", b"", "  \n\n", "\ufeff", b"\xef\xbb\xbf"])
def test_an_empty_sheet_is_one_fault(data: bytes | str) -> None:
    message = "the sheet is empty; it needs a header row and one row for each pair of files"
    assert faults_in(data) == [(None, None, message)]


def test_a_header_without_rows_is_a_fault() -> None:
    message = "the sheet has a header but no samples; add a row for each pair of files"
    assert faults_in(f"{HEADER}\n") == [(None, None, message)]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_is_the_only_fault(mark: str, name: str) -> None:
    message = f"the columns are separated by {name}; save the sheet with commas"
    assert faults_in(GOOD.replace(",", mark)) == [(1, None, message)]


@pytest.mark.parametrize(
    ("header", "column", "message"),
    [
        ("sample,fastq_1", "fastq_2", "the column fastq_2 is missing; add it"),
        ("Samples,fastq_1,fastq_2", "sample", "the column sample is missing; rename the column 'Samples' to sample"),
        ("sample,fastq1,fastq_2", "fastq_1", "the column fastq_1 is missing; rename the column 'fastq1' to fastq_1"),
        ("sample,,fastq_1,fastq_2", None, "column 2 has no name; name it or delete it"),
        ("sample,fastq_1,fastq_2,sample", "sample", "the column 'sample' appears twice; delete one"),
    ],
)
def test_a_faulty_header_is_reported_with_the_remedy(header: str, column: str | None, message: str) -> None:
    row = ",".join(["x.fq.gz", "y.fq.gz", "z.fq.gz", "v"][: header.count(",") + 1])
    assert (1, column, message) in faults_in(f"{header}\n{row}\n")


def test_a_blank_header_is_reported() -> None:
    assert faults_in(f"\n{GOOD}") == [(1, None, "the row is blank; the first row must name the columns")]


def test_unknown_columns_and_blank_lines_are_warnings() -> None:
    sheet = read("sample,fastq_1,fastq_2,plate\na,1.fq.gz,2.fq.gz,P1\n\nb,3.fq.gz,4.fq.gz,P1\n")
    assert sheet.faults == ()
    assert [(warning.row, warning.column) for warning in sheet.warnings] == [(1, "plate"), (3, None)]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    sheet = f'{HEADER},notes\n{ROW_A},"two\nlines"\n\n{ROW_B.replace("b,", "b b,")},\n'
    assert [row for row, column, _ in faults_in(sheet) if column == "sample"] == [4]


def test_every_invalid_cell_is_reported_with_row_and_column() -> None:
    found = faults_in(f"{HEADER}\n{ROW_A}\nb b,x.bam,,many\n")
    assert [(row, column) for row, column, _ in found] == [
        (3, "sample"),
        (3, "fastq_1"),
        (3, "fastq_2"),
        (3, "expected_cells"),
    ]


@pytest.mark.parametrize("row", [f'c,"{ROW_A}', 'c,"x"y.fq.gz,z.fq.gz,1', f"c,{'x' * 140_000}.fq.gz,z.fq.gz,1"])
def test_reading_stops_at_a_row_that_is_not_csv(row: str) -> None:
    found = faults_in(f"{HEADER}\n{ROW_A}\n{row}\n{ROW_B}\n")
    assert [at for at, _, _ in found] == [3]
    assert found[0][2].endswith("check its quotes: they must surround a whole cell")


@pytest.mark.parametrize(
    ("data", "row", "message"),
    [
        (GOOD.encode("utf-16"), None, "the sheet is UTF-16 text"),
        (GOOD.replace("b,gs", "bü,gs").encode("latin-1"), 3, "contains a byte that is not UTF-8 text (0xfc)"),
        (b"PK\x03\x04\x14\x00\x06\xff", None, "this is an Excel workbook, not a CSV file"),
        (GOOD.replace("b,gs", "b\0,gs"), 3, r"contains a control character (\x00)"),
        (GOOD.replace("b,gs", "b\ud800,gs").replace("\n", "\r"), 3, r"contains a control character (\ud800)"),
    ],
)
def test_data_that_is_not_plain_text_is_reported_with_how_to_save_it(
    data: bytes | str, row: int | None, message: str
) -> None:
    at, _, found = faults_in(data)[0]
    assert (at, found) == (row, f"{message}; save the sheet as 'CSV UTF-8' and send that")


def test_reading_stops_when_nearly_every_row_is_wrong() -> None:
    sheet = read(HEADER + "\n=" * 300_000)
    assert sheet.faults[-1].message == "and at least 10,000 more like these"
    assert sheet.row_count < 11_000


def test_a_sheet_with_too_many_lines_is_reported() -> None:
    assert faults_in(HEADER + "\n" * (MOST_ROWS + 5))[0][:2] == (MOST_ROWS + 1, None)


def test_a_sheet_with_too_many_columns_is_reported() -> None:
    assert faults_in("a," * MOST_COLUMNS)[0][2] == f"the sheet has {MOST_COLUMNS + 1} columns; at most 500 are allowed"


@given(st.text() | st.binary() | st.text('sample,fastq_1\n\r"=;', min_size=20).map(lambda text: f"{HEADER}\n{text}"))
def test_any_sheet_can_be_read(data: bytes | str) -> None:
    sheet = read(data)
    assert sheet.faults or sheet.row_count


CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="/\\$`;&|<>*?\"'(){}[]"), min_size=1
).filter(lambda text: text[0] not in "=+@-.~#")


@given(st.lists(CELL, min_size=1, max_size=5, unique=True))
def test_a_sheet_from_a_csv_writer_is_valid(names: list[str]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["sample", "fastq_1", "fastq_2"])
    writer.writerows([name, f"gs://lab/{n}_R1.fq.gz", f"gs://lab/{n}_R2.fq.gz"] for n, name in enumerate(names))
    assert read(written.getvalue()).faults == ()
    assert read(written.getvalue()).sample_count == len(names)


def test_cells_that_may_name_files_are_kept_with_their_location_in_unknown_columns_too() -> None:
    sheet = read("\ufeffsample,fastq_1,fastq_2,notes\na, gs://lab/1.fq.gz ,/mnt/2.fq.gz,see gs://lab/notes\n")
    assert list(sheet.paths) == [
        (FieldLocation("samplesheet_csv", 2, "fastq_1"), "gs://lab/1.fq.gz "),
        (FieldLocation("samplesheet_csv", 2, "fastq_2"), "/mnt/2.fq.gz"),
        (FieldLocation("samplesheet_csv", 2, "notes"), "see gs://lab/notes"),
    ]


def test_the_files_of_a_sheet_are_the_addresses_in_columns_that_the_release_knows() -> None:
    sheet = read("sample,fastq_1,fastq_2,notes\na, gs://lab/1.fq.gz ,/local/2.fq.gz,gs://lab/notes\n")
    assert sheet.files() == {"gs://lab/1.fq.gz": FieldLocation("samplesheet_csv", 2, "fastq_1")}


CELLS = Column(name="expected_cells", type=ParamType.INTEGER, title="", required=True, allows_blank=False)
NAMES_AND_CELLS = PipelineVersion(
    pipeline="lab/x",
    version="1.0.0",
    groups=(),
    params=(),
    columns=(Column(name="sample", type=ParamType.STRING, title=""), CELLS),
)


def test_a_sheet_that_nothing_fills_stays_byte_for_byte() -> None:
    text = "\ufeffsample,expected_cells\r\na,5\r\n"
    assert read_sample_sheet(text, NAMES_AND_CELLS).text == text


@pytest.mark.parametrize(
    ("sheet", "filled"),
    [
        ("sample,expected_cells\na,\nb,70\nc,  \n", "sample,expected_cells\na,900\nb,70\nc,900\n"),
        ("sample\na\n\nb\n", "sample,expected_cells\na,900\nb,900\n"),
        ('\ufeffsample, expected_cells\r\n"a=b",\r\n', "sample,expected_cells\na=b,900\n"),
        ('sample,expected_cells,notes\na,,"x,y"\n', 'sample,expected_cells,notes\na,900,"x,y"\n'),
    ],
)
def test_blank_cells_are_filled_and_a_missing_column_is_added(sheet: str, filled: str) -> None:
    read = read_sample_sheet(sheet, NAMES_AND_CELLS, fill={"expected_cells": "900"})
    assert (read.faults, read.text) == ((), filled)
    assert read_sample_sheet(sheet, NAMES_AND_CELLS).faults


def test_missing_cells_at_the_end_of_a_row_are_filled_like_blank_ones() -> None:
    read = read_sample_sheet("sample,expected_cells\na\nb,5\n", NAMES_AND_CELLS, fill={"expected_cells": "900"})
    assert (read.faults, read.text) == ((), "sample,expected_cells\na,900\nb,5\n")


@pytest.mark.parametrize(
    "sheet",
    [
        HEADER + "\n" + "," * (MOST_CELLS + 5),
        HEADER + ("\n" + "," * 400) * (MOST_CELLS // 400 + 1),
        HEADER.replace(",", "\t") + "\n" + "\t" * (MOST_CELLS + 5),
    ],
)
def test_a_sheet_with_too_many_cells_is_refused_before_a_row_is_built(sheet: str) -> None:
    tracemalloc.start()
    found = read(sheet)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [fault.message for fault in found.faults] == ["the sheet has more than 1,000,000 cells; split it"]
    assert peak < 1 << 20


def test_only_the_first_unknown_columns_are_compared_with_known_ones() -> None:
    misspelled = ",".join(f"expected_cell{number}" for number in range(3 * MOST_GUESSES))

    warnings = read(f"sample,fastq_1,fastq_2,{misspelled}\n").warnings

    assert sum("did you mean" in warning.message for warning in warnings) == MOST_GUESSES
