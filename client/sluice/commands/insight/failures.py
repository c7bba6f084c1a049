"""sluice failures."""

from datetime import UTC, datetime
from typing import Final

import click

from sluice.commands.parts.lists import count_option, page_size, write_first
from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.commands.parts.times import moment
from sluice.models.failures import FailureInfo
from sluice.output.writer import Column, Output

_COLUMNS: Final = (
    Column[FailureInfo]("last", lambda failure: failure.last_at),
    Column[FailureInfo]("times", lambda failure: failure.times, is_number=True),
    Column[FailureInfo]("cause", lambda failure: failure.cause),
    Column[FailureInfo]("process", lambda failure: failure.process),
    Column[FailureInfo]("newest run", lambda failure: failure.run_ids[:1], is_name=True),
    Column[FailureInfo]("line", lambda failure: failure.line),
)


@click.command(epilog=example("sluice failures", "sluice failures --since 30d --format '{times} {cause} {process}'"))
@click.option("--since", metavar="TIME", help="Only those seen since then: 7d, 12h or 2026-11-30; 90d without it.")
@click.option("--mine/--all", "mine", default=True, help="Of your runs, or those of all users (administrators).")
@count_option("How many, newest first.")
@output_options
def failures(out: Output, since: str | None, *, mine: bool, count: int) -> None:
    """List what your runs failed of, and how often.

    Each failure is listed once. `sluice why` explains one of its runs.
    """
    after = None if since is None else moment(since, now=datetime.now(UTC))
    with connect() as sluice:
        found = sluice.failures(since=after, all_users=not mine, page_size=page_size(count))
        write_first(out, found, _COLUMNS, count)
