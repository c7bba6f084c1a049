import pytest

from tools.text_table import text_table


def test_columns_are_aligned_and_lines_have_no_trailing_space() -> None:
    text = text_table(["name", "bytes"], [["a", "1,000"], ["longer", "7"]], right=["bytes"])
    assert text == "name    bytes\na       1,000\nlonger      7"


def test_nothing_is_cut_however_long_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    words = "word " * 200
    assert words.strip() in text_table(["a", "b"], [["1234567890" * 20, words]])
    assert "1234567890" * 20 in text_table(["a", "b"], [["1234567890" * 20, words]])


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_text_is_plain_also_where_colours_are_forced(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    assert text_table(["a"], [["[red]x[/red]"]]) == "a\n[red]x[/red]"


def test_markdown_has_a_rule_below_the_headers() -> None:
    text = text_table(["name", "bytes"], [["a", "**7**"]], markdown=True)
    assert text.splitlines() == ["| name | bytes |", "|------|-------|", "| a    | **7** |"]
