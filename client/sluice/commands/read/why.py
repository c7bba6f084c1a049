"""sluice why."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.errors import ConflictError
from sluice.models.tasks import TaskInfo, TaskLogs
from sluice.output.writer import Output

if TYPE_CHECKING:
    from sluice.run import Run

_LINES: Final = 50


@click.command(epilog=example("sluice why", "sluice why run-0229dfe4 --format '{cause}'"))
@run_argument
@output_options
def why(out: Output, reference: str) -> None:
    """Say why a run failed: the cause, the lines that prove it, what helps, the last output of the task."""
    with connect() as sluice:
        run = sluice.run(reference)
        info = run.info()
        found = info.diagnosis
        if found is None:
            raise ConflictError(f"run {info.run_id} is {info.status}; there is no failure to explain")
        if out.as_json or out.template is not None:
            out.value(found.raw, "")
            return
        out.line(f"{info.run_id} {info.status}: {found.cause}")
        for text in (found.message, found.error_task and f"in task {found.error_task}"):
            if text:
                out.line(text)
        if found.evidence:
            out.line("\nevidence")
        for one in found.evidence:
            out.line(f"  {one.source}: {one.line}")
        if found.advice:
            out.line(f"\nwhat helps\n  {found.advice}")
        for line in _output_lines(run, found.error_task):
            out.line(line)


def _output_lines(run: "Run", task_name: str | None) -> Iterator[str]:
    """The end of what the failed task printed; nothing if it is not known, or printed nothing."""
    failed: TaskInfo | None = None
    if task_name:
        failed = next(iter(islice(run.tasks(status="FAILED", search=task_name), 1)), None)
    if failed is None:
        return
    output = run.task_output(failed.task_id)
    lines = _text_in(output).splitlines()[-_LINES:]
    if lines:
        yield f"\nthe last {len(lines)} lines of task {failed.task_id}"
        yield from (f"  {line}" for line in lines)


def _text_in(output: TaskLogs) -> str:
    """Errors tell more than output; the wrapper's log has both when neither is stored."""
    return output.stderr.strip("\n") or output.stdout.strip("\n") or (output.log or "")
