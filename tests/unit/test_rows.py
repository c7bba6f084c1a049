"""A test of many rows reports every row that fails."""

import pytest

from tests.support.rows import each_row


def test_every_row_is_tried_and_those_that_fail_are_named() -> None:
    tried = []

    @each_row("number", of=[1, 2, 3, 4])
    def is_odd(number: int) -> None:
        tried.append(number)
        assert number % 2

    with pytest.RaisesGroup(AssertionError, AssertionError) as raised:
        is_odd()
    assert tried == [1, 2, 3, 4]
    assert [error.__notes__ for error in raised.value.exceptions] == [["number: 2"], ["number: 4"]]


def test_rows_of_rows_are_all_tried() -> None:
    tried = []

    @each_row("letter", of="ab")
    @each_row("one", "two", of=[(1, 2), (3, 4)])
    def is_small(letter: str, one: int, two: int) -> None:
        tried.append((letter, one))
        assert two < 4

    with pytest.raises(ExceptionGroup, match="2 of 2 rows"):
        is_small()
    assert tried == [("a", 1), ("a", 3), ("b", 1), ("b", 3)]


@pytest.mark.parametrize("fixture", ["given"])
@each_row("row", of=[1])
def test_fixtures_and_parameters_are_passed_on(fixture: str, row: int) -> None:
    assert (fixture, row) == ("given", 1)


def test_another_error_ends_the_test_and_names_its_row() -> None:
    @each_row("row", of=["x", "1"])
    def is_read(row: str) -> None:
        int(row)

    with pytest.raises(ValueError, match="invalid literal") as raised:
        is_read()
    assert raised.value.__notes__ == ["row: 'x'"]
