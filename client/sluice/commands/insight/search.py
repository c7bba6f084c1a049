"""sluice search."""

from datetime import UTC, datetime
from typing import Final

import click

from sluice.commands.parts.lists import count_option, page_size, write_first
from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.commands.parts.times import moment
from sluice.models.failures import SearchHit
from sluice.output.terminal import tell
from sluice.output.writer import Column, Output


def place_words(hit: SearchHit) -> str:
    """Where the line is: `log 225`, `task ab-cdef01`, or `reason` for why the run failed."""
    if hit.source == "log":
        return f"log {hit.entry}"
    return f"task {hit.task_id}" if hit.source == "task" else "reason"


_COLUMNS: Final = (
    Column[SearchHit]("at", lambda hit: hit.at),
    Column[SearchHit]("run", lambda hit: hit.run_id, is_name=True),
    Column[SearchHit]("place", place_words),
    Column[SearchHit]("line", lambda hit: hit.snippet),
)


@click.command(epilog=example("sluice search killed", "sluice search star killed --since 30d --cause out_of_memory"))
@click.argument("words", nargs=-1, required=True)
@click.option("--since", metavar="TIME", help="Only lines since then: 7d, 12h or 2026-11-30.")
@click.option("--cause", metavar="CAUSE", help="Only runs that failed of this, such as out_of_memory.")
@click.option("--mine/--all", "mine", default=True, help="In your runs, or those of all users (administrators).")
@count_option("How many lines, newest runs first.")
@output_options
def search(
    out: Output, words: tuple[str, ...], since: str | None, cause: str | None, *, mine: bool, count: int
) -> None:
    """Find lines in the logs of all your runs.

    A line has all of the WORDS. Searched are warnings, errors, why runs failed, and what failed tasks printed.
    `sluice logs RUN --search TEXT` searches all of one log.
    """
    after = None if since is None else moment(since, now=datetime.now(UTC))
    with connect() as sluice:
        size = page_size(count)
        found = sluice.search(" ".join(words), since=after, cause=cause, all_users=not mine, page_size=size)
        if not write_first(out, found, _COLUMNS, count):
            tell("No line has all of these words; of the last one, the beginning is enough.")
