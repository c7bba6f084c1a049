"""What reaches a terminal."""

import pytest

from sluice.output.terminal import harmless, has_colours


def test_the_text_of_others_cannot_control_the_terminal() -> None:
    assert harmless("a\x1b]0;title\x07\x9b2J\tb\nc\r") == "a\\x1b]0;title\\x07\\x9b2J\tb\nc\\x0d"


def test_a_pipe_has_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    assert not has_colours()
