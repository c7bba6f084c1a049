"""The samplesheet's schema becomes columns, sets of unique columns, and rules."""

import pytest

from tests.unit.tools.import_pipeline.schemas import DRAFT_2020, SHEET, Json
from tools.import_pipeline.fields import CannotExpressError
from tools.import_pipeline.sheet import read_sheet

FOUND = read_sheet(SHEET)
COLUMNS = {column["name"]: column for column in FOUND.columns}


def test_columns_keep_their_order() -> None:
    assert list(COLUMNS) == list(SHEET["items"]["properties"])


def test_a_required_column_may_not_be_blank() -> None:
    assert (COLUMNS["name"]["required"], COLUMNS["name"]["allows_blank"]) == (True, False)
    assert not {"required", "allows_blank"} & COLUMNS["kind"].keys()


def test_a_column_that_allows_texts_has_the_type_string() -> None:
    assert COLUMNS["name"]["type"] == "string"
    assert COLUMNS["name"]["other_types"] == ["integer"]


def test_the_error_message_of_a_column_is_kept() -> None:
    assert COLUMNS["name"]["error"] == "A name."


def test_a_choice_that_allows_only_an_empty_text_is_dropped() -> None:
    assert COLUMNS["bai"] == {"name": "bai", "type": "string", "pattern": "^\\S+\\.bai$", "title": "bai"}
    assert COLUMNS["notes"] == {"name": "notes", "type": "string", "title": "notes"}


def test_each_dialect_has_its_own_word_for_unique_columns() -> None:
    assert FOUND.unique == [["name", "replicate"], ["bam"]]
    assert read_sheet({**SHEET, "$schema": DRAFT_2020}).unique == [["name", "kind"]]


def test_unique_entries_within_items_say_nothing() -> None:
    items = {**SHEET["items"], "uniqueEntries": ["name"]}
    assert read_sheet({"$schema": DRAFT_2020, "items": items}).unique == []


def test_closed_rows_keep_the_columns_beside_them() -> None:
    items = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "additionalProperties": False}
    assert read_sheet({"items": items}).rules == {"additionalProperties": False, "properties": {"a": {}, "b": {}}}


def test_a_file_and_a_folder_are_told_apart_by_the_pipeline_itself() -> None:
    choices = [{"type": "string", "format": "file-path"}, {"type": "string", "format": "directory-path"}]
    found = read_sheet({"items": {"properties": {"path": {"oneOf": choices}}}})
    assert found.rules == {"properties": {"path": {"anyOf": choices}}}


def test_rules_of_a_column_with_several_types_take_a_number_as_a_text_too() -> None:
    choices = [{"type": "integer", "enum": [0, 1]}, {"type": "string", "enum": ["other", "7"]}]
    found = read_sheet({"items": {"properties": {"sex": {"anyOf": choices}}}})
    assert (found.columns[0]["type"], found.columns[0]["other_types"]) == ("string", ["integer"])
    assert found.rules["properties"]["sex"]["anyOf"] == [
        {"type": "integer", "enum": [0, 1, "0", "1"]},
        {"type": ["string", "number", "boolean"], "enum": ["other", "7", 7]},
    ]


def test_the_column_with_the_meta_key_id_names_the_samples() -> None:
    assert FOUND.sample_column == "name"


def test_conditions_and_required_companions_are_kept() -> None:
    assert FOUND.rules["allOf"] == [
        {"allOf": SHEET["items"]["allOf"]},
        {"properties": {"code": {"minLength": 3}}},
        {"dependentRequired": {"bai": ["bam"]}},
    ]


def test_an_unknown_keyword_is_reported() -> None:
    assert read_sheet({**SHEET, "colour": "red"}).notes == ["the samplesheet: omitted the unknown keyword colour"]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "array"}, "no items with properties"),
        ({"items": {"properties": {"": {"type": "string"}}}}, "has no header"),
        ({"items": {"properties": {"files": {"type": "array"}}}}, "has the type array"),
    ],
)
def test_an_unsupported_sheet_schema_is_refused(schema: Json, message: str) -> None:
    with pytest.raises(CannotExpressError, match=message):
        read_sheet(schema)
