"""sluice show."""

from collections import Counter
from datetime import UTC, datetime

import click

from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.commands.read.runs import status_words, took_ms
from sluice.models.runs import CostOfRun, RunResponse
from sluice.output.money import cost_words
from sluice.output.words import duration_words
from sluice.output.writer import Output


@click.command(epilog=example("sluice show", "sluice show @last --format '{status} {exit_code}'"))
@run_argument
@output_options
def show(out: Output, reference: str) -> None:
    """Show a run."""
    with connect() as sluice:
        run = sluice.run(reference).info()
    out.record(run, fields_of(run))


def fields_of(run: RunResponse) -> dict[str, object]:
    """What people want to know of a run, by name."""
    counts: Counter[str] = Counter((run.metrics or {}).get("tasks", {}))
    diagnosis = run.diagnosis
    return {
        "run": run.run_id,
        "name": run.name,
        "status": status_words(run),
        "detail": run.status_detail,
        "pipeline": f"{run.pipeline} {run.pipeline_version}",
        "samples": run.sample_count,
        "tasks": ", ".join(f"{count} {status.lower()}" for status, count in sorted(counts.items()) if count),
        "user": run.user_email,
        "created": run.created_at,
        "started": run.started_at,
        "ended": run.completed_at or run.failed_at or run.cancelled_at,
        "took": duration_words(took_ms(run, now=datetime.now(UTC))),
        "cost": _cost_of(run.cost),
        "NGS runs": run.source_ngs_runs,
        "project": run.source_project,
        "continues": run.parent_run_id,
        "continued by": run.recovery_run_id,
        "labels": run.labels,
        "note": run.note,
        "cause": diagnosis.cause if diagnosis else None,
        "failed task": run.error_task,
        "message": run.error_message,
        "advice": diagnosis.advice if diagnosis else None,
        "files": run.gcs_path,
    }


def _cost_of(cost: CostOfRun | None) -> str | None:
    return cost_words(cost.nano_dollars, complete=cost.complete, basis=cost.basis) if cost else None
