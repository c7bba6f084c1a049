"""The samplesheet's schema becomes columns, sets of unique columns, and rules."""

import pytest

from tests.unit.tools.import_pipeline.schemas import SHEET, Json
from tools.import_pipeline.fields import CannotExpressError
from tools.import_pipeline.sheet import read_sheet

FOUND = read_sheet(SHEET)
COLUMNS = {column["name"]: column for column in FOUND.columns}


def test_columns_keep_their_order() -> None:
    assert list(COLUMNS) == list(SHEET["items"]["properties"])


def test_a_required_column_may_not_be_blank() -> None:
    assert (COLUMNS["name"]["required"], COLUMNS["name"]["allows_blank"]) == (True, False)
    assert not {"required", "allows_blank"} & COLUMNS["kind"].keys()


def test_numbers_fit_a_column_of_texts() -> None:
    assert COLUMNS["name"]["type"] == "string"
    assert "other_types" not in COLUMNS["name"]


def test_what_the_pipeline_says_of_a_wrong_cell_is_kept() -> None:
    assert COLUMNS["name"]["error"] == "A name."


def test_a_choice_that_only_a_blank_fits_is_no_choice() -> None:
    assert COLUMNS["bai"] == {"name": "bai", "type": "string", "pattern": "^\\S+\\.bai$", "title": "bai"}
    assert COLUMNS["notes"] == {"name": "notes", "type": "string", "title": "notes"}


def test_unique_columns_are_found_in_either_notation() -> None:
    assert FOUND.unique == [["name", "replicate"], ["bam"], ["name", "kind"]]


def test_samples_are_told_apart_by_what_the_pipeline_takes_for_their_id() -> None:
    assert FOUND.sample_column == "name"


def test_conditions_and_what_columns_need_are_kept() -> None:
    assert FOUND.rules["allOf"] == [
        {"allOf": SHEET["items"]["allOf"]},
        {"properties": {"code": {"minLength": 3}}},
        {"dependentRequired": {"bai": ["bam"]}},
    ]


def test_a_keyword_that_nobody_knows_is_told() -> None:
    assert read_sheet({**SHEET, "colour": "red"}).notes == [
        "the samplesheet's keyword colour is not known and left out"
    ]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "array"}, "no items with properties"),
        ({"items": {"properties": {"": {"type": "string"}}}}, "has no header"),
        ({"items": {"properties": {"files": {"type": "array"}}}}, "takes values of type array"),
    ],
)
def test_a_sheet_that_cannot_be_judged_is_refused(schema: Json, told: str) -> None:
    with pytest.raises(CannotExpressError, match=told):
        read_sheet(schema)
