"""sluice logs."""

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.following import detaching
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.models.tasks import LogEntry
from sluice.output.terminal import tell
from sluice.output.words import time_words
from sluice.output.writer import Output
from sluice.vocabulary import LEVELS

if TYPE_CHECKING:
    from sluice.run import Run

_EPILOG: Final = example(
    "sluice logs -f", "sluice logs --level WARN --tail 20", "sluice logs --task ab/cdef01 --stderr"
)


@click.command(epilog=_EPILOG)
@run_argument
@click.option("--follow", "-f", is_flag=True, help="What there is, then what comes, to the end of the run.")
@click.option(
    "--level", type=click.Choice(LEVELS, case_sensitive=False), help="Only entries of this level or a higher one."
)
@click.option("--search", metavar="TEXT", help="Only entries with this text, ignoring case.")
@click.option("--tail", type=click.IntRange(0), metavar="N", help="Only the last N entries, and with -f what follows.")
@click.option("--task", metavar="HASH", help="What this task printed, in place of the log.")
@click.option("--stderr", is_flag=True, help="With --task, its stderr.")
@output_options
def logs(
    out: Output, reference: str, level: str | None, search: str | None, tail: int | None, task: str | None,
    *, follow: bool, stderr: bool,
) -> None:  # fmt: skip
    """Write the log of a run, or the output of a task."""
    if task is None and stderr:
        raise click.UsageError("--stderr needs --task")
    if task is not None and (level or search or tail is not None):
        raise click.UsageError("--level, --search and --tail are for the log, not for --task")
    with connect() as sluice:
        run = sluice.run(reference)
        with detaching(run.id, "logs -f") if follow else nullcontext():
            if task is not None:
                _write_output(out, run, task, "stderr" if stderr else "stdout", follow=follow)
            else:
                _write_log(out, run, level, search, tail, follow=follow)


def _write_log(
    out: Output, run: "Run", level: str | None, search: str | None, tail: int | None, *, follow: bool
) -> None:
    if tail is None:
        _write(out, run.follow_log(level=level, search=search) if follow else run.log(level=level, search=search))
        return
    last = run.log_tail(tail, level=level, search=search) if tail else []
    _write(out, [entry for entry in last if not (follow and entry.open)])
    if follow:
        # From the tail itself: what was written since it was read comes next.
        offset = last[-1].number + (not last[-1].open) if last else run.next_entry() if tail == 0 else 0
        _write(out, run.follow_log(offset=offset, level=level, search=search))


def _write(out: Output, entries: Iterable[LogEntry]) -> None:
    for entry in entries:
        out.value(entry.raw, line_of(entry, utc=out.utc))


def line_of(entry: LogEntry, *, utc: bool) -> str:
    """`2026-11-30 19:51:29.117 +01:00 INFO  message`, with the further lines of the message as they are."""
    return f"{time_words(entry.timestamp, utc=utc, precise=True)} {entry.level or '-':<5} {entry.message}"


def _write_output(out: Output, run: "Run", task: str, stream: str, *, follow: bool) -> None:
    if not follow:
        output = run.task_output(task)
        if out.has_chosen_form:
            out.value(output.raw, "")
        else:
            out.text(output.stderr if stream == "stderr" else output.stdout)
        if output.merged and stream == "stderr":
            tell("This task's stderr is in its stdout; leave --stderr out.")
        return
    for event in run.follow_task_output(task):
        if event.kind == stream:
            out.text(str(event.data.get("text", "")))
        elif event.kind == "reset":
            tell("The output was replaced; it follows from its beginning.")
