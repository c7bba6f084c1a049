"""The region that `watch` redraws."""

import io

from rich.console import Console

from sluice.output.live import Progress, _drawn

PROCESSES = {
    "DONE": {"done": 4},
    "RUNNING": {"running": 2, "done": 1},
    "WAITING": {"waiting": 3},
    "FAILED": {"failed": 1, "running": 1},
}


def lines_of(progress: Progress, most: int) -> list[str]:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    with console.capture() as captured:
        console.print(_drawn(progress, most))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_what_is_at_work_comes_first() -> None:
    lines = lines_of(Progress("run-1", "running", "it will fail", PROCESSES), 10)
    assert lines == [
        "run-1 running",
        "it will fail",
        "process waiting running done failed",
        "FAILED - 1 - 1",
        "RUNNING - 2 1 -",
        "WAITING 3 - - -",
        "DONE - - 4 -",
    ]


def test_processes_that_do_not_fit_are_summed_up() -> None:
    lines = lines_of(Progress("run-1", "running", "", PROCESSES), 2)
    assert lines[2:] == ["FAILED - 1 - 1", "3 more processes 3 2 5 -"]


def test_names_of_others_cannot_control_the_terminal() -> None:
    assert "\\x1b[2J" in "".join(lines_of(Progress("run-1", "running", "\x1b[2J", {}), 5))
