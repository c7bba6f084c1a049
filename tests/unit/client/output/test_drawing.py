"""Tables for terminals."""

import pytest

from sluice.output.drawing import draw_table
from sluice.output.writer import Column

COLUMNS = (Column[str]("process", str, is_name=True), Column[str]("about", str))


def test_a_name_stays_in_one_line_and_other_cells_wrap(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    draw_table([["EMPTYDROPS_CELL_CALLING", "what it asked for was too little"]], COLUMNS)
    _, first, *others = capsys.readouterr().out.splitlines()
    assert first.startswith("EMPTYDROPS_CELL_CALLING")
    about = [first.split(maxsplit=1)[1], *map(str.strip, others)]
    assert len(about) > 1
    assert " ".join(" ".join(about).split()) == "what it asked for was too little"


def test_a_table_without_rows_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    draw_table([], COLUMNS)
    assert capsys.readouterr().out == "none\n"
