"""The region of a terminal that `watch` redraws: a table of processes and states, never a line per task."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sluice.output.drawing import console, styled
from sluice.output.terminal import harmless
from sluice.output.words import short_processes

STATES: Final = ("waiting", "running", "done", "failed")
_OUTSIDE: Final = 6  # lines above and below the table
_STYLES: Final = {"waiting": "dim", "running": "cyan", "done": "green", "failed": "bold red"}


@dataclass(frozen=True, slots=True)
class Progress:
    """What is drawn: the run in one line each, and the tasks of each process by state."""

    run_id: str
    status: str
    detail: str
    processes: Mapping[str, Mapping[str, int]]


class Region:
    """Draws the newest progress in place of the one before."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def draw(self, progress: Progress) -> None:
        self._live.update(_drawn(progress, self._live.console.height - _OUTSIDE), refresh=True)


@contextmanager
def region() -> Iterator[Region]:
    """A region at the end of the terminal; its last state stays there."""
    with Live(console=console(), auto_refresh=False, transient=False) as live:
        yield Region(live)


def _drawn(progress: Progress, most: int) -> Group:
    """Processes at work first; those that do not fit are summed up in one line."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("process", overflow="ellipsis", no_wrap=True)
    for state in STATES:
        table.add_column(state, justify="right")
    ranked = sorted(progress.processes.items(), key=lambda item: (_rank(item[1]), item[0]))
    shown = ranked if len(ranked) <= most else ranked[: max(most - 1, 0)]
    names = short_processes(progress.processes)
    for name, counts in shown:
        table.add_row(Text(harmless(names[name])), *_cells(counts))
    if rest := [counts for _, counts in ranked[len(shown) :]]:
        table.add_row(Text(f"{len(rest)} more processes", "dim"), *_cells(_sum(rest)))
    title = Text.assemble((progress.run_id, "bold"), " ", styled(progress.status))
    return Group(title, *([Text(harmless(progress.detail))] if progress.detail else []), table)


def _rank(counts: Mapping[str, int]) -> int:
    return next((place for place, state in enumerate(("failed", "running", "waiting")) if counts.get(state)), 3)


def _cells(counts: Mapping[str, int]) -> list[Text]:
    return [Text(str(counts.get(state, 0) or "-"), _STYLES[state] if counts.get(state) else "dim") for state in STATES]


def _sum(rest: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {state: sum(counts.get(state, 0) for counts in rest) for state in STATES}
