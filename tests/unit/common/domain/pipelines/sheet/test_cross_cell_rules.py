"""Rows that are alike in what rules ask for are judged once; the others each for themselves."""

from collections.abc import Iterator, Mapping

from common.domain.pipelines.pipeline import Column, ParamType, Scalar
from common.domain.pipelines.sheet.cross_cell_rules import RowJudging, Use

HEADER = ["sample", "path", "count", "own"]
KNOWN = {
    "sample": Column(name="sample", type=ParamType.STRING, title=""),
    "path": Column(name="path", type=ParamType.STRING, title=""),
    "count": Column(name="count", type=ParamType.INTEGER, title=""),
}


class NoPathForFive:
    """Wants a path with every count but 5, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Scalar]] = []

    def use_of(self, field: str) -> Use:
        return {"path": Use.PRESENCE, "count": Use.VALUE}.get(field, Use.NOTHING)

    def complaints(self, values: Mapping[str, Scalar]) -> Iterator[tuple[str | None, str]]:
        self.asked.append(values)
        if "path" not in values and values["count"] != 5:
            yield "path", "is needed"


def test_rows_that_are_alike_are_judged_once() -> None:
    judge = NoPathForFive()
    judging = RowJudging(HEADER, KNOWN, judge)
    for path in ("x", "y", " z "):
        assert not judging.complaints(["a", path, "7", "?"])
    assert judge.asked == [{"sample": "a", "path": "x", "count": 7}]


def test_what_the_rules_read_is_judged_by_its_value() -> None:
    judging = RowJudging(HEADER, KNOWN, NoPathForFive())
    assert list(judging.complaints(["a", "", "5", ""])) == []
    assert list(judging.complaints(["a", " ", "6", ""])) == [("path", "is needed")]


def test_what_is_wrong_is_told_of_each_row() -> None:
    judging = RowJudging(HEADER, KNOWN, NoPathForFive())
    assert [list(judging.complaints(["a", "", "6", ""])) for _ in range(2)] == [[("path", "is needed")]] * 2
