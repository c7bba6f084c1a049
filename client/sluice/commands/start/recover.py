"""sluice recover."""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sluice.commands.parts.following import notify_option, wait_if_asked, wait_options
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.errors import InputError
from sluice.output.terminal import tell
from sluice.output.words import short_processes
from sluice.output.writer import Output
from sluice.params import params_of

if TYPE_CHECKING:
    from sluice.models.runs import RecoveryPlan
    from sluice.run import Run

_EPILOG: Final = example(
    "sluice recover --plan", "sluice recover run-0229dfe4 --config more_memory.config --yes --follow"
)


@click.command(epilog=_EPILOG)
@run_argument
@click.option("--plan", is_flag=True, help="Only show what would be reused and what would run again.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Another value of a parameter.")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Another config.")
@click.option("--notes", metavar="TEXT", help="Why, for those who read the run.")
@click.option("--from-scratch", is_flag=True, help="Reuse no finished task.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@notify_option
@wait_options
@output_options
def recover(  # noqa: PLR0913 its options
    out: Output, reference: str, settings: tuple[str, ...], config: Path | None, notes: str | None,
    timeout: float | None, *, notify: bool | None, plan: bool, from_scratch: bool, yes: bool, wait: bool, follow: bool,
) -> None:  # fmt: skip
    """Continue a failed or cancelled run.

    The new run, whose id is written, reuses the tasks that have finished.
    """
    changes = _changes(settings, config, notes, reuse=not from_scratch)
    changes |= {} if notify is None else {"notify": notify}
    with connect() as sluice:
        run = sluice.run(reference)
        planned = run.plan_recovery(changes)
        if plan:
            out.value(planned.raw, "\n".join(plan_lines(planned, run.inputs().params, changes)))
            return
        if not yes:
            _ask(run, planned, changes)
        continued = run.recover(changes)
        out.value(continued.created, continued.id)
        tell(f"{sluice.api.transport.server}/runs/{continued.id}")
        wait_if_asked(continued, tell, wait=wait, follow=follow, timeout=timeout)


def _changes(settings: tuple[str, ...], config: Path | None, notes: str | None, *, reuse: bool) -> dict[str, Any]:
    """The body of the request; what is not given is not in it."""
    text: str | None = None
    if config is not None:
        try:
            text = config.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            raise InputError(f"{config} cannot be read as text: {error}") from error
    given = {"override_params": params_of(settings) or None, "override_config": text, "notes": notes}
    return {name: value for name, value in given.items() if value is not None} | (
        {} if reuse else {"reuse_work_dir": False}
    )


def _ask(run: "Run", planned: "RecoveryPlan", changes: Mapping[str, Any]) -> None:
    """Show the plan and ask. Raises InputError for a no, and if nobody can answer."""
    if not sys.stdin.isatty():
        raise InputError("nobody can be asked here: look at `sluice recover --plan`, then give --yes")
    tell("\n".join(plan_lines(planned, run.inputs().params, changes)))
    if not click.confirm("Recover?", err=True):
        raise InputError("nothing was started")


def plan_lines(planned: "RecoveryPlan", before: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[str]:
    """The plan as a diff: `=` is reused, `+` runs again or is new, `-` is no longer so."""
    for name, value in sorted(planned.params.items()):
        if name in changes.get("override_params", {}) and before.get(name) != value:
            yield from ([f"- {name}: {before[name]}"] if name in before else [])
            yield f"+ {name}: {value}"
    yield from (f"+ {line}" for line in str(changes.get("override_config", "")).splitlines())
    counts = {sign: Counter(task.process for task in planned.tasks if task.reused == (sign == "=")) for sign in "=+"}
    names = short_processes({task.process for task in planned.tasks})
    for sign, processes in counts.items():
        yield from (f"{sign} {count:>5} {names[process]}" for process, count in sorted(processes.items()))
    if len(planned.tasks) < planned.reused_count + planned.run_again_count:
        yield f"… and more; {len(planned.tasks)} tasks are listed"
    yield f"{planned.reused_count} tasks are reused, {planned.run_again_count} run again, besides those never started"
    yield from (f"warning: {warning.message}" for warning in planned.warnings)
