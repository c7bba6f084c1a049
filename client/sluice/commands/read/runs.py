"""sluice runs."""

from datetime import UTC, datetime
from typing import Final

import click

from sluice.commands.parts.lists import count_option, page_size, write_first
from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.commands.parts.times import moment
from sluice.models.runs import RunResponse
from sluice.output.words import duration_words
from sluice.output.writer import Column, Output


def status_words(run: RunResponse) -> str:
    """The status, and what is known beyond it."""
    if run.failing and run.status == "running":
        return "running (failing)"
    percent = (run.metrics or {}).get("progress")
    return f"running {percent:.0%}" if run.status == "running" and percent is not None else run.status


def took_ms(run: RunResponse, *, now: datetime) -> int | None:
    """From the start of Nextflow to the end of the run, or to `now` while it runs; None if it has not started."""
    ended = run.completed_at or run.failed_at or run.cancelled_at or now
    return int((ended - run.started_at).total_seconds() * 1000) if run.started_at else None


COLUMNS: Final = (
    Column[RunResponse]("run", lambda run: run.run_id, is_name=True),
    Column[RunResponse]("status", status_words, is_status=True),
    Column[RunResponse]("pipeline", lambda run: f"{run.pipeline} {run.pipeline_version}"),
    Column[RunResponse]("samples", lambda run: run.sample_count, is_number=True),
    Column[RunResponse]("created", lambda run: run.created_at),
    Column[RunResponse]("took", lambda run: duration_words(took_ms(run, now=datetime.now(UTC))), is_number=True),
    Column[RunResponse]("name", lambda run: run.name),
)
_OF_ALL: Final = Column[RunResponse]("user", lambda run: run.user_email)


@click.command(
    epilog=example("sluice runs --status failed --since 7d", "sluice runs -n 5 --format '{run_id} {status}'")
)
@click.option("--status", metavar="STATUS", help="pending, submitted, running, completed, failed or cancelled.")
@click.option("--pipeline", "-p", metavar="NAME", help="Only runs of this pipeline.")
@click.option("--since", metavar="TIME", help="Only runs created since then: 7d, 12h, 2026-11-30 or a full time.")
@click.option(
    "--search", metavar="TEXT", help="Only runs with this text in their id, name, pipeline or samples' source."
)
@click.option("--mine/--all", "mine", default=True, help="Your runs, or those of all users (administrators).")
@count_option("How many, newest first.")
@output_options
def runs(
    out: Output,
    status: str | None,
    pipeline: str | None,
    since: str | None,
    search: str | None,
    *,
    mine: bool,
    count: int,
) -> None:
    """List runs, newest first."""
    created_after = None if since is None else moment(since, now=datetime.now(UTC))
    with connect() as sluice:
        found = sluice.runs(
            status=status,
            pipeline=pipeline,
            since=created_after,
            search=search,
            all_users=not mine,
            page_size=page_size(count),
        )
        write_first(out, found, COLUMNS if mine else (*COLUMNS, _OF_ALL), count)
