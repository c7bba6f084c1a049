"""Each kind of fault put into a valid sheet is reported with its place and remedy; valid variations have no fault."""

import re
from collections.abc import Callable

import pytest

from common.domain.pipelines.sheet.rows import MOST_LISTED
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.services.pipelines.registry import PipelineRegistry

RELEASE = PipelineRegistry.load().get_pipeline("nf-core/scrnaseq", "2.7.1")
HEADER = "sample,fastq_1,fastq_2,expected_cells,sample_type,feature_type"
ROWS = [
    "blood,gs://lab/blood_L1_R1.fastq.gz,gs://lab/blood_L1_R2.fastq.gz,5000,gex,gex",
    "blood,gs://lab/blood_L2_R1.fastq.gz,gs://lab/blood_L2_R2.fastq.gz,5000,gex,gex",
    "marrow,gs://lab/marrow_R1.fq.gz,gs://lab/marrow_R2.fq.gz,8000,gex,gex",
]
VALID = "\n".join([HEADER, *ROWS]) + "\n"
Mutate = Callable[[str], str]


def replaced(old: str, new: str) -> Mutate:
    def mutate(sheet: str) -> str:
        assert old in sheet
        return sheet.replace(old, new, 1)

    return mutate


def faults_in(sheet: str | bytes) -> list[tuple[int | None, str | None, str]]:
    return [(fault.row, fault.column, fault.message) for fault in read_sample_sheet(sheet, RELEASE).faults]


def column(index: int, name: str = "") -> Mutate:
    """Take a column out, or give it another name."""

    def mutate(sheet: str) -> str:
        rows = [line.split(",") for line in sheet.splitlines()]
        if name:
            rows[0][index] = name
        else:
            rows = [[*row[:index], *row[index + 1 :]] for row in rows]
        return "\n".join(map(",".join, rows)) + "\n"

    return mutate


MARROW_1, MARROW_2 = "gs://lab/marrow_R1.fq.gz", "gs://lab/marrow_R2.fq.gz"
FAULTS: list[tuple[str, Mutate, int | None, str | None, str]] = [
    ("no sample", replaced("marrow,gs", ",gs"), 4, "sample", "is empty; enter a value"),
    ("blank sample", replaced("marrow,gs", "  ,gs"), 4, "sample", "is empty; enter a value"),
    ("space in sample", replaced("marrow,gs", "bone marrow,gs"), 4, "sample", "must be a name without spaces"),
    (
        "path for a sample",
        replaced("marrow,gs", "../../marrow,gs"),
        4,
        "sample",
        "contains '/'; pipelines use it in file names",
    ),
    (
        "command for a sample",
        replaced("marrow,gs", "m$(id),gs"),
        4,
        "sample",
        "contains '$'; pipelines use it in file names",
    ),
    (
        "option for a sample",
        replaced("marrow,gs", "-5,gs"),
        4,
        "sample",
        "begins with '-'; pipelines use it in file names",
    ),
    ("nothing to be seen", replaced("marrow,gs", "mar\u200brow,gs"), 4, "sample", "contains '\\u200b'; pipelines use"),
    ("no read 1", replaced(MARROW_1, ""), 4, "fastq_1", "is empty; enter a value"),
    ("no read 2", replaced(MARROW_2, ""), 4, "fastq_2", "is empty; enter a value"),
    ("not gzipped", replaced(MARROW_1, "gs://lab/m.fastq"), 4, "fastq_1", "must be a path ending in .fastq.gz"),
    ("another ending", replaced(MARROW_2, "gs://lab/m.bam"), 4, "fastq_2", "must be a path ending in .fastq.gz"),
    ("space in path", replaced(MARROW_1, "gs://lab/m 1.fq.gz"), 4, "fastq_1", "without spaces"),
    ("upper case ending", replaced(MARROW_1, "gs://lab/m.FASTQ.GZ"), 4, "fastq_1", "must be a path ending in"),
    ("same file twice in a row", replaced(MARROW_2, MARROW_1), 4, "fastq_2", "is the same file as fastq_1"),
    ("lane given twice", replaced("blood_L2_R1", "blood_L1_R1"), 3, "fastq_1", "is the same file as in row 2"),
    ("mate of another row", replaced("blood_L2_R2", "blood_L1_R2"), 3, "fastq_2", "is the same file as in row 2"),
    ("row given twice", lambda sheet: sheet + ROWS[2] + "\n", 5, "fastq_1", "is the same file as in row 4"),
    ("words for a number", replaced("8000", "many"), 4, "expected_cells", "must be a whole number, at least 1"),
    ("zero cells", replaced("8000", "0"), 4, "expected_cells", "must be a whole number, at least 1"),
    ("negative cells", replaced("8000", "-5"), 4, "expected_cells", "must be a whole number, at least 1"),
    ("half a cell", replaced("8000", "0.5"), 4, "expected_cells", "written in plain digits"),
    ("thousands", replaced(",8000,", ',"8,000",'), 4, "expected_cells", "written in plain digits"),
    ("exponent", replaced("8000", "8e3"), 4, "expected_cells", "written in plain digits"),
    ("not in the list", replaced("8000,gex", "8000,rna"), 4, "sample_type", "must be gex or atac"),
    ("letter case", replaced("8000,gex", "8000,GEX"), 4, "sample_type", "did you mean gex?"),
    ("formula", replaced("marrow,gs", "=1+1,gs"), 4, "sample", "begins like a spreadsheet formula"),
    ("formula with at", replaced("marrow,gs", "@SUM(A1),gs"), 4, "sample", "begins like a spreadsheet formula"),
    ("cells missing", replaced("marrow,gs://lab/marrow_R1.fq.gz,gs", "marrow\nx,gs"), 4, "fastq_1", "is empty"),
    ("cell too many", replaced("8000,gex,gex", "8000,gex,gex,x"), 4, None, "the row has 7 cells for 6 columns"),
    ("end of the sheet missing", lambda sheet: sheet[:-5], 4, None, "the sheet ends in the middle of this row"),
    ("empty row", lambda sheet: sheet + ",,,,,\n", 5, None, "the row is empty; delete it"),
    ("open quote", replaced("marrow,gs", '"marrow,gs'), 4, None, "check its quotes"),
    ("line break in a cell", replaced("marrow,gs", '"mar\nrow",gs'), 4, "sample", "contains a line break"),
    ("column gone", column(2), 1, "fastq_2", "the column fastq_2 is missing; add it"),
    (
        "column misspelt",
        column(1, "fastq1"),
        1,
        "fastq_1",
        "the column fastq_1 is missing; rename the column 'fastq1' to fastq_1",
    ),
    ("column twice", column(3, "sample_type"), 1, "sample_type", "appears twice; delete one"),
    ("column without a name", replaced("expected_cells", ""), 1, None, "column 4 has no name; name it or delete it"),
    ("semicolons", lambda sheet: sheet.replace(",", ";"), 1, None, "separated by semicolons; save the sheet with"),
    ("tabs", lambda sheet: sheet.replace(",", "\t"), 1, None, "separated by tabs; save the sheet with commas"),
    ("header alone", lambda _: HEADER + "\n", None, None, "the sheet has a header but no samples"),
    ("nothing", lambda _: "", None, None, "the sheet is empty"),
    ("blanks", lambda _: " \n \n", None, None, "the sheet is empty"),
    ("no header", lambda sheet: sheet.partition("\n")[2], 1, "sample", "the column sample is missing"),
    ("a cell without an end", replaced("marrow,gs", "m" * 2001 + ",gs"), 4, "sample", "at most 2,000 characters"),
    ("a header without an end", lambda sheet: "h" * 201 + sheet, 1, None, "the name of column 1 has more than 200"),
    ("control character", replaced("marrow,gs", "mar\x07row,gs"), 4, None, "contains a control character"),
]


@pytest.mark.parametrize(
    ("mutate", "row", "column", "text"),
    [pytest.param(*case[1:], id=case[0]) for case in FAULTS],
)
def test_a_fault_is_reported_with_its_place_and_remedy(
    mutate: Mutate, row: int | None, column: str | None, text: str
) -> None:
    faults = faults_in(mutate(VALID))
    assert (row, column) in [(fault_row, fault_column) for fault_row, fault_column, _ in faults]
    assert any(text in message for *place, message in faults if place == [row, column]), faults


def test_there_are_at_least_thirty_kinds_of_fault() -> None:
    assert len({name for name, *_ in FAULTS}) >= 30


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (VALID.encode("utf-16"), "the sheet is UTF-16 text"),
        (VALID.replace("blood", "böne").encode("latin-1"), "contains a byte that is not UTF-8 text"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff", "this is an Excel workbook"),
    ],
)
def test_a_file_that_is_not_text_is_reported_with_the_remedy(sheet: bytes, text: str) -> None:
    ((_, _, message),) = faults_in(sheet)
    assert text in message
    assert "save the sheet as 'CSV UTF-8'" in message


def test_faults_are_listed_in_the_order_of_the_rows() -> None:
    sheet = VALID.replace("5000", "x").replace("8000", "y")
    assert [row for row, _, _ in faults_in(sheet)] == [2, 3, 4]


def test_of_many_faults_the_first_are_listed_and_the_rest_counted() -> None:
    rows = "".join(f"s{number},a{number}.bam,b{number}.bam,,,\n" for number in range(1000))
    faults = faults_in(f"{HEADER}\n{rows}")
    assert len(faults) == MOST_LISTED + 1
    assert re.search(r"and 1,800 more like these", faults[-1][2])


FINE: dict[str, Mutate] = {
    "as it is": lambda sheet: sheet,
    "byte order mark": lambda sheet: "\ufeff" + sheet,
    "windows line ends": lambda sheet: sheet.replace("\n", "\r\n"),
    "old line ends": lambda sheet: sheet.replace("\n", "\r"),
    "no line end at the end": str.rstrip,
    "blank lines": lambda sheet: sheet.replace("\n", "\n\n"),
    "all quoted": lambda sheet: re.sub(r"[^,\n]+", r'"\g<0>"', sheet),
    "spaces after commas": lambda sheet: sheet.replace(",", ", "),
    "spaces around a name": replaced("marrow,gs", " marrow ,gs"),
    "only what is required": lambda sheet: "\n".join(",".join(line.split(",")[:3]) for line in sheet.splitlines()),
    "no cells expected": lambda sheet: sheet.replace("5000", "").replace("8000", ""),
    "columns in another order": lambda sheet: "\n".join(",".join(line.split(",")[::-1]) for line in sheet.splitlines()),
    "a column of one's own": lambda sheet: re.sub(r"\n", ",note\n", sheet, count=1).replace("gex\n", "gex,x\n"),
    "paths on this machine": lambda sheet: sheet.replace("gs://lab", "/data/run-1"),
    "paths on the web": lambda sheet: sheet.replace("gs://lab", "https://example.org/reads"),
    "one sample": lambda sheet: "\n".join(sheet.splitlines()[:2]),
    "letters of other alphabets": lambda sheet: sheet.replace("marrow,gs", "knochenmark_ä_骨髄,gs"),
    "digits for a name": replaced("marrow,gs", "2612,gs"),
    "one file for two kinds of library": lambda sheet: sheet + ROWS[2].removesuffix("gex") + "ab\n",
    "another sample in the middle": lambda sheet: sheet + ROWS[0].replace("_L1_", "_L3_") + "\n",
    "a long name": replaced("marrow,gs", "m" * 200 + ",gs"),
    "dots and dashes": replaced("marrow,gs", "m.a-r_r+o:w@2,gs"),
}


@pytest.mark.parametrize("vary", [pytest.param(vary, id=name) for name, vary in FINE.items()])
def test_a_valid_variation_has_no_fault(vary: Mutate) -> None:
    assert faults_in(vary(VALID)) == []


def test_there_are_at_least_twenty_valid_variations() -> None:
    assert len(FINE) >= 20
