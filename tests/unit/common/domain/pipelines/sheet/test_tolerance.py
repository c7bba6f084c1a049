"""Sheets as spreadsheets and pandas write them are read as the pipeline reads them, or with a warning."""

from dataclasses import replace

import pytest

from common.domain.pipelines.pipeline import Column, ParamType, PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet


def release_of(*columns: Column) -> PipelineVersion:
    return PipelineVersion(pipeline="lab/x", version="1.0.0", groups=(), params=(), columns=columns)


LOOSE = release_of(
    Column(name="sample", type=ParamType.STRING, title="", required=True, allows_blank=False),
    Column(name="reads", type=ParamType.STRING, title="", required=True, allows_blank=False),
    Column(name="mate", type=ParamType.STRING, title=""),
    Column(name="cells", type=ParamType.INTEGER, title=""),
    Column(name="is_single", type=ParamType.BOOLEAN, title=""),
    Column(name="sex", type=ParamType.STRING, title="", other_types=(ParamType.INTEGER,), enum=("0", "1", "other")),
)
LOOSE_HEADER = "sample,reads,mate,cells,is_single,sex"


def told(sheet: str) -> tuple[list[tuple[int | None, str]], list[tuple[int | None, str]]]:
    found = read_sample_sheet(sheet, LOOSE)
    return [(fault.row, fault.message) for fault in found.faults], [
        (fault.row, fault.message) for fault in found.warnings
    ]


def test_a_short_row_is_read_with_blank_cells_and_a_warning() -> None:
    message = "the row has 2 cells for 6 columns; the cells from mate on are taken as blank"
    assert told(f"{LOOSE_HEADER}\na,r1\nb,r2,,,,\n") == ([], [(2, message)])
    assert told(f"{LOOSE_HEADER}\na\nb,r2,,,,\n")[0] == [(2, "is empty; enter a value")]


def test_blank_cells_that_are_too_many_are_left_out_with_a_warning() -> None:
    message = "the row has 8 cells for 6 columns; the blank cells at its end are left out"
    assert told(f"{LOOSE_HEADER}\na,r1,,,,,, \n") == ([], [(2, message)])
    faults, _ = told(f"{LOOSE_HEADER}\na,r1,,,,,,x\n")
    assert faults == [
        (2, "the row has 8 cells for 6 columns; remove a comma, or put a cell that contains one in quotes")
    ]


def test_a_last_row_without_its_end_and_some_cells_is_a_sheet_cut_in_transit() -> None:
    (fault,), warnings = told(f"{LOOSE_HEADER}\na,r1,,,,\nb,r2")
    assert fault[0] == 3
    assert fault[1].startswith("the sheet ends in the middle of this row: cells are missing")
    assert warnings == []
    assert told(f"{LOOSE_HEADER}\na,r1,,,,\nb,r2,,,,") == ([], [])


def test_nameless_columns_at_the_end_are_left_out() -> None:
    assert told(f"{LOOSE_HEADER},,\na,r1,,,,,,\nb,r1,,,,\n") == ([], [])
    assert told(f"{LOOSE_HEADER},,\na,r1,,,,,,x\n")[0][0][0] == 2
    assert read_sample_sheet(f"{LOOSE_HEADER},\na,r1,,,,,\n", LOOSE).text == f"{LOOSE_HEADER}\na,r1,,,,\n"


def test_names_of_columns_in_another_case_are_read_and_written_as_the_pipeline_needs_them() -> None:
    found = read_sample_sheet("Sample,READS,Is Single\na,r1,\n", LOOSE)
    assert (found.faults, found.text) == ((), "sample,reads,is_single\na,r1,\n")
    assert [warning.message for warning in found.warnings] == [
        "the column 'Sample' is read as sample",
        "the column 'READS' is read as reads",
        "the column 'Is Single' is read as is_single",
    ]


def test_whole_numbers_that_pandas_wrote_with_a_point_are_read_with_one_warning() -> None:
    sheet = f"{LOOSE_HEADER}\na,r1,,10000.0,,1.0\nb,r2,,5.0,,\n"
    found = read_sample_sheet(sheet, LOOSE)
    assert (found.faults, found.text) == ((), f"{LOOSE_HEADER}\na,r1,,10000,,1\nb,r2,,5,,\n")
    assert [(warning.row, warning.column) for warning in found.warnings] == [(2, "cells"), (2, "sex")]
    assert told(f"{LOOSE_HEADER}\na,r1,,10000.5,,\n")[0][0][0] == 2


@pytest.mark.parametrize(
    ("cell", "fits"), [("TRUE", True), ("False", True), ("true", True), ("yes", False), ("1", False)]
)
def test_booleans_are_read_in_any_case(cell: str, fits: bool) -> None:
    assert (told(f"{LOOSE_HEADER}\na,r1,,,{cell},\n")[0] == []) == fits


@pytest.mark.parametrize(("cell", "fits"), [("0", True), ("other", True), ("2", False), ("Other", False), ("", True)])
def test_a_column_of_numbers_and_words_takes_both(cell: str, fits: bool) -> None:
    assert (told(f"{LOOSE_HEADER}\na,r1,,,,{cell}\n")[0] == []) == fits


def test_a_pipeline_that_takes_tabs_gets_them() -> None:
    version = replace(LOOSE, sheet_format="tsv")
    with_tabs = f"{LOOSE_HEADER}\na,r1,,,,\n".replace(",", "\t")
    for sheet in (with_tabs, f"{LOOSE_HEADER}\na,r1,,,,\n"):
        found = read_sample_sheet(sheet, version)
        assert (found.faults, found.text, found.sample_count) == ((), with_tabs, 1)
    assert "save the sheet with tabs" in read_sample_sheet("sample;reads\na;r\n", version).faults[0].message


def test_a_sheet_of_which_nothing_is_known_is_passed_on_and_its_rows_counted() -> None:
    version = replace(LOOSE, columns=(), passes_sheet_on=True)
    found = read_sample_sheet("id,file\nx,gs://b/x\nx,gs://b/y\n", version)
    assert (found.faults, found.warnings, found.sample_count, found.row_count) == ((), (), 2, 2)


def test_a_lane_may_repeat_unless_the_schema_says_otherwise() -> None:
    columns = [Column(name=name, type=ParamType.STRING, title="") for name in ("sample", "lane")]
    sheet = "sample,lane\na,1\na,1\na,\na,\n"
    assert read_sample_sheet(sheet, release_of(*columns)).faults == ()
    unique = replace(release_of(*columns), unique=(("sample", "lane"),))
    assert [fault.row for fault in read_sample_sheet(sheet, unique).faults] == [3]
