"""sluice tasks."""

import csv
import sys
from collections.abc import Iterable
from dataclasses import fields
from typing import IO, Final

import click

from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.models.tasks import TaskInfo
from sluice.output.words import duration_words, memory_words, short_process
from sluice.output.writer import Column, Output

_COLUMNS: Final = (
    Column[TaskInfo]("task", lambda task: task.task_id, is_name=True),
    Column[TaskInfo]("status", lambda task: task.status.lower(), is_status=True),
    Column[TaskInfo]("name", lambda task: short_process(task.name)),
    Column[TaskInfo]("exit", lambda task: task.exit_code, is_number=True),
    Column[TaskInfo]("attempt", lambda task: task.attempt, is_number=True),
    Column[TaskInfo]("took", lambda task: duration_words(task.duration), is_number=True),
    Column[TaskInfo]("memory", lambda task: memory_words(task.memory_peak), is_number=True),
)
FIELDS: Final = tuple(one.name for one in fields(TaskInfo) if one.name != "raw")


@click.command(epilog=example("sluice tasks --failed", "sluice tasks --sort -duration --csv > tasks.csv"))
@run_argument
@click.option("--failed", is_flag=True, help="Only failed tasks.")
@click.option("--status", metavar="STATUS", help="Only tasks with this status, such as RUNNING.")
@click.option("--process", metavar="NAME", help="Only tasks of the process with this full name.")
@click.option("--search", metavar="TEXT", help="Only tasks with this text in their name or id.")
@click.option("--sort", metavar="FIELD", help="Such as duration or -memory_peak; - is descending.")
@click.option("--csv", "as_csv", is_flag=True, help="Every field, as CSV.")
@output_options
def tasks(
    out: Output, reference: str, status: str | None, process: str | None, search: str | None, sort: str | None,
    *, failed: bool, as_csv: bool,
) -> None:  # fmt: skip
    """List the tasks of a run."""
    if failed and status:
        raise click.UsageError("--failed and --status exclude each other")
    chosen = "FAILED" if failed else status and status.upper()
    with connect() as sluice:
        found = sluice.run(reference).tasks(status=chosen, process=process, search=search, sort=sort)
        if as_csv:
            write_csv(found, sys.stdout)
        else:
            out.records(found, _COLUMNS)


def write_csv(tasks: Iterable[TaskInfo], file: IO[str]) -> None:
    """A header and a row for each task, with the values of the API."""
    writer = csv.DictWriter(file, FIELDS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(task.raw for task in tasks)
