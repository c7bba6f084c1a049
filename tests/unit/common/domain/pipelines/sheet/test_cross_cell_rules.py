"""Rows that are equal in the cells that rules read are checked once."""

from collections.abc import Iterator, Mapping

from common.domain.pipelines.pipeline import Column, ParamType
from common.domain.pipelines.sheet.cross_cell_rules import CrossCellRules, FieldsRead, fields_read_by

HEADER = ["sample", "path", "count", "own"]
COLUMNS = [
    Column(name="sample", type=ParamType.STRING, title=""),
    Column(name="path", type=ParamType.STRING, title=""),
    Column(name="count", type=ParamType.INTEGER, title=""),
]
SCHEMA = {"if": {"not": {"properties": {"count": {"const": 5}}}}, "then": {"required": ["path"]}}


class PathUnlessFive:
    """Requires a path unless the count is 5, and records the values that it checks."""

    def __init__(self) -> None:
        self.checked: list[Mapping[str, object]] = []

    def __call__(self, values: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
        self.checked.append(values)
        if "path" not in values and values["count"] != 5:
            yield "path", "is required"


def rules(check: PathUnlessFive) -> CrossCellRules:
    return CrossCellRules(HEADER, COLUMNS, SCHEMA, check)


def test_rows_that_are_equal_for_the_rules_are_checked_once() -> None:
    check = PathUnlessFive()
    cross_cell = rules(check)
    for path in ("x", "y", "z"):
        assert not cross_cell.problems(["a", path, "7", "?"])
    assert check.checked == [{"sample": "a", "path": "x", "count": 7}]


def test_rows_with_different_values_for_the_rules_are_checked_separately() -> None:
    cross_cell = rules(PathUnlessFive())
    assert list(cross_cell.problems(["a", "", "5", ""])) == []
    assert list(cross_cell.problems(["a", "", "6", ""])) == [("path", "is required")]


def test_a_broken_rule_is_reported_for_each_row() -> None:
    cross_cell = rules(PathUnlessFive())
    assert [list(cross_cell.problems(["a", "", "6", ""])) for _ in range(2)] == [[("path", "is required")]] * 2


def test_a_schema_reads_values_of_some_fields_and_only_the_presence_of_others() -> None:
    read = fields_read_by(
        {
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
            "dependentRequired": {"c": ["d"]},
            "if": {"properties": {"b": {"const": 1}}},
        }
    )
    assert read == FieldsRead(frozenset("b"), frozenset("acd"))


def test_a_schema_with_rules_about_unnamed_fields_may_read_any_field() -> None:
    assert fields_read_by({"patternProperties": {"^x": {"minLength": 1}}}) is None
