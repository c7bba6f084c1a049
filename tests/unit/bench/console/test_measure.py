"""The bench of the page reports every figure, measured or not."""

import json

import pytest

from bench.console import measure
from tools.console.chromium import NoBrowserError
from tools.console.packages import Console, ConsoleFaultError

ALL = {name for part in measure.GOALS.values() for name in part}


def no_browser() -> None:
    raise NoBrowserError("Chromium is not installed; on Debian: apt-get install chromium")


def test_without_a_browser_no_figure_is_ok(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(measure, "chromium", no_browser)

    figures = measure.measure()

    assert {figure.name for figure in figures} == ALL
    assert {figure.value for figure in figures} == {None}
    assert not any(figure.ok for figure in figures)
    assert all("apt-get install chromium" in figure.against for figure in figures)
    assert "apt-get install chromium" in capsys.readouterr().err


def test_what_the_browser_measured_is_compared_with_the_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = {name: {"value": 60, "against": "15 keys"} for name in measure.GOALS["sheet"]}
    monkeypatch.setattr(Console, "ask", lambda *_arguments, **_given: json.dumps(measured))

    paste, key = measure.figures_of("sheet", {})

    assert (paste.name, paste.ok, paste.goal, paste.against) == ("console.sheet.paste_ms", True, 1_000, "15 keys")
    assert (key.name, key.ok, key.goal, key.unit) == ("console.sheet.key_ms", False, 50, "ms")


def test_a_part_that_fails_leaves_its_figures_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_given: object) -> str:
        raise ConsoleFaultError("main.ts ended with status 1")

    monkeypatch.setattr(Console, "ask", fail)

    (figure,) = measure.figures_of("events", {})

    assert (figure.value, figure.ok, figure.against) == (None, False, "not measured: main.ts ended with status 1")
