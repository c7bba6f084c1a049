"""sluice watch."""

from typing import TYPE_CHECKING

import click

from sluice.commands.parts.following import deadline_in, detaching, line_of, require_completed, timeout_option
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.commands.read.runs import status_words
from sluice.output.writer import Output

if TYPE_CHECKING:
    from sluice.output.live import Progress
    from sluice.run import Run

_REDRAWN_AT = frozenset({"status", "progress", "done"})


@click.command(epilog=example("sluice watch", "sluice watch run-0229dfe4 --timeout 4h"))
@run_argument
@timeout_option
@output_options
def watch(out: Output, reference: str, timeout: float | None) -> None:
    """Show what a run does until it ends.

    The exit code says how it ended. A terminal shows its processes and their states in one region, a pipe one line for
    each change.
    """
    with connect() as sluice:
        run = sluice.run(reference)
        with detaching(run.id):
            if out.is_for_people:
                _draw(run, deadline_in(run, timeout))
            else:
                _write(out, run, deadline_in(run, timeout))
            require_completed(run)


def _draw(run: "Run", deadline: float | None) -> None:
    from sluice.output.live import region  # noqa: PLC0415 it loads rich

    with region() as drawn:
        for event in run.events(deadline=deadline):
            if event.kind in _REDRAWN_AT:
                drawn.draw(_progress_of(run))


def _write(out: Output, run: "Run", deadline: float | None) -> None:
    for event in run.events(deadline=deadline):
        line = line_of(event, utc=out.utc)
        if line or out.as_json:
            out.value({"event": event.kind, **event.data}, line or "")


def _progress_of(run: "Run") -> "Progress":
    from sluice.output.live import Progress  # noqa: PLC0415 it loads rich

    info = run.info()
    processes = {
        process: {
            "waiting": stats.count - stats.running - stats.finished,
            "running": stats.running,
            "done": stats.finished - stats.failed,
            "failed": stats.failed,
        }
        for process, stats in run.task_summary().by_process.items()
    }
    return Progress(info.run_id, status_words(info), info.status_detail or info.error_message or "", processes)
