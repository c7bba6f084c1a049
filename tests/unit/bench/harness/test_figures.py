"""Figures are printed and saved with their goals."""

from bench.harness.figures import Figure, as_results, as_table, worst

REACHED = Figure(name="a.reached", value=1.2345, goal=1.3, against="a floor")
MISSED = Figure(name="a.missed", value=400.0, goal=256, unit="MiB")
NOT_MEASURED = Figure(name="a.figure", value=None, goal=0, unit="ms", against="not measured: no browser")


def test_a_figure_equal_to_its_goal_is_ok() -> None:
    assert Figure(name="a.figure", value=3.0, goal=3).ok


def test_a_goal_may_be_a_minimum() -> None:
    enough, too_few = (Figure(name="clients", value=value, goal=2000, at_least=True) for value in (2000, 1999))

    assert (enough.ok, too_few.ok) == (True, False)
    assert "≥ 2000" in as_table([enough])


def test_results_are_saved_by_figure_name() -> None:
    assert as_results([REACHED, MISSED]) == {
        "a.reached": {"value": 1.234, "goal": 1.3, "ok": True, "unit": "times", "against": "a floor"},
        "a.missed": {"value": 400.0, "goal": 256, "ok": False, "unit": "MiB", "against": ""},
    }


def test_a_small_figure_keeps_its_digits() -> None:
    cost = Figure(name="cost", value=0.01123, goal=0.015, unit="$")
    assert as_results([cost])["cost"]["value"] == 0.0112
    assert "0.0112 $" in as_table([cost])


def test_the_table_marks_missed_goals() -> None:
    _, reached, missed = as_table([REACHED, MISSED]).splitlines()

    assert reached.split() == ["a.reached", "1.23", "times", "≤", "1.3", "times", "ok", "a", "floor"]
    assert missed.split() == ["a.missed", "400.00", "MiB", "≤", "256", "MiB", "MISSED"]


def test_a_figure_without_a_value_is_never_ok() -> None:
    assert as_results([NOT_MEASURED])["a.figure"] == {
        "value": None,
        "goal": 0,
        "ok": False,
        "unit": "ms",
        "against": "not measured: no browser",
    }
    assert "NOT MEASURED" in as_table([NOT_MEASURED])


def test_the_largest_ratio_becomes_the_figure() -> None:
    figure = worst("a.growth", {"here": 1.1, "there": 2.5, "elsewhere": 0.3}, goal=2, against="a floor")

    assert figure == Figure(name="a.growth", value=2.5, goal=2, against="a floor; worst: there")
