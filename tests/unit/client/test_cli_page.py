"""docs/cli.md: its commands have the options that it names, and its exit codes are those of the client."""

import re
from pathlib import Path
from typing import Final

import pytest

from sluice.cli import COMMANDS
from sluice.errors import EXIT_OF
from tests.support.client.command_lines import check_command_line

PAGE: Final = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
LINES: Final = [
    line.partition(" > ")[0]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in block.splitlines()
    if line.startswith("sluice ")
]


@pytest.mark.parametrize("line", LINES)
def test_a_command_of_the_page_is_understood(line: str) -> None:
    check_command_line(line)


def test_the_page_shows_every_command() -> None:
    shown = {line.split()[1] for line in LINES} | set(re.findall(r"`sluice (\w+)", PAGE))
    assert set(COMMANDS) <= shown


def test_the_page_has_every_exit_code() -> None:
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)}
    assert listed == {0, *EXIT_OF.values(), 141}
