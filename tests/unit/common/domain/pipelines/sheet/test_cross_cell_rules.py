"""Rows that agree in what the rules read are judged once; all others are judged one by one."""

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
    """Requires a path with every count but 5, and records the values that it was given."""

    def __init__(self) -> None:
        self.judged: list[Mapping[str, object]] = []

    def __call__(self, values: Mapping[str, object]) -> Iterator[tuple[str | None, str]]:
        self.judged.append(values)
        if "path" not in values and values["count"] != 5:
            yield "path", "is required"


def rules(check: PathUnlessFive) -> CrossCellRules:
    return CrossCellRules(HEADER, COLUMNS, SCHEMA, check)


def test_rows_that_agree_in_what_the_rules_read_are_judged_once() -> None:
    check = PathUnlessFive()
    judging = rules(check)
    for path in ("x", "y", "z"):
        assert not judging.problems(["a", path, "7", "?"])
    assert check.judged == [{"sample": "a", "path": "x", "count": 7}]


def test_a_field_whose_value_the_rules_read_is_judged_by_its_value() -> None:
    judging = rules(PathUnlessFive())
    assert list(judging.problems(["a", "", "5", ""])) == []
    assert list(judging.problems(["a", "", "6", ""])) == [("path", "is required")]


def test_a_broken_rule_is_reported_for_each_row() -> None:
    judging = rules(PathUnlessFive())
    assert [list(judging.problems(["a", "", "6", ""])) for _ in range(2)] == [[("path", "is required")]] * 2


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
