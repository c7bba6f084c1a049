"""Draws with rich, which nothing else loads."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sluice.output.terminal import harmless, has_colours
from sluice.output.writer import Column

STYLES: Final = {
    "completed": "green",
    "failed": "bold red",
    "cancelled": "yellow",
    "running": "cyan",
    "submitted": "cyan",
    "cached": "green",
    "aborted": "yellow",
}


def console() -> Console:
    """The terminal, with colours if they are allowed."""
    return Console(no_color=not has_colours(), highlight=False, markup=False, emoji=False, soft_wrap=False)


def styled(status: str) -> Text:
    """A status in its colour."""
    return Text(harmless(status), STYLES.get(status.partition(" ")[0].lower(), ""))


def draw_table(rows: Sequence[Sequence[str]], columns: Sequence[Column[Any]]) -> None:
    """A table whose cells wrap at the width of the terminal; without rows it says so."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column.title,
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=column.is_name,
        )
    for row in rows:
        cells = zip(row, columns, strict=True)
        table.add_row(*(styled(cell) if column.is_status else Text(harmless(cell)) for cell, column in cells))
    console().print(table if rows else Text("none"))
