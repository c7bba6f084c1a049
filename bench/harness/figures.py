"""Figures that benches report, each with its goal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tools.text_table import text_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number; `goal` is its maximum, or its minimum if `at_least`; `against` is what it was measured against.

    `value` is None when it could not be measured; `against` says why.
    """

    name: str
    value: float | None
    goal: float
    unit: str = "times"
    against: str = ""
    at_least: bool = False

    @property
    def ok(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def as_results(figures: Iterable[Figure]) -> dict[str, dict[str, Any]]:
    """The content of bench/results.json, by figure name."""
    return {
        figure.name: {
            "value": None if figure.value is None else round(figure.value, _decimals_of(figure, usually=3)),
            "goal": figure.goal,
            "ok": figure.ok,
            "unit": figure.unit,
            "against": figure.against,
        }
        for figure in figures
    }


def as_table(figures: Iterable[Figure]) -> str:
    """The figures in columns, for a terminal."""
    rows = (
        (
            figure.name,
            "-" if figure.value is None else f"{figure.value:.{_decimals_of(figure, usually=2)}f} {figure.unit}",
            f"{'≥' if figure.at_least else '≤'} {figure.goal:g} {figure.unit}",
            "ok" if figure.ok else "NOT MEASURED" if figure.value is None else "MISSED",
            figure.against,
        )
        for figure in figures
    )
    return text_table(["figure", "value", "goal", "", "measured against"], rows)


def _decimals_of(figure: Figure, *, usually: int) -> int:
    return usually if figure.goal == 0 or figure.goal >= 0.1 else 4


def worst(name: str, ratios: Mapping[str, float], *, goal: float, against: str) -> Figure:
    """The figure with the largest of these ratios."""
    case = max(ratios, key=ratios.__getitem__)
    return Figure(name=name, value=ratios[case], goal=goal, against=f"{against}; worst: {case}")
