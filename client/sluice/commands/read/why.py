"""sluice why."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import click

from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.errors import ConflictError
from sluice.models.failures import HelpfulChange, SimilarFailures
from sluice.models.tasks import TaskLogs
from sluice.output.terminal import tell
from sluice.output.words import counted, duration_words, memory_words, text_of, time_words
from sluice.output.writer import Output
from sluice.vocabulary import FINAL

if TYPE_CHECKING:
    from sluice.run import Run

_LINES: Final = 50
_OTHERS: Final = 5
_RESOURCES: Final[Mapping[str, Callable[[int], str]]] = {
    "memory": memory_words, "disk": memory_words, "time_ms": duration_words
}  # fmt: skip


@click.command(epilog=example("sluice why", "sluice why run-0229dfe4 --format '{cause}'"))
@run_argument
@output_options
def why(out: Output, reference: str) -> None:
    """Say why a run failed, and what helps.

    It has the lines that prove the cause, and the end of what the failed task printed. If the failure was seen before,
    also in which runs, and what a recovery changed that got over it.
    """
    with connect() as sluice:
        run = sluice.run(reference)
        info = run.info()
        found = info.diagnosis
        if found is None:
            raise ConflictError(f"run {info.run_id} is {info.status}; there is no failure to explain")
        if out.has_chosen_form:
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
        for line in seen_before(run.similar_failures(), info.run_id, utc=out.utc):
            out.line(line)
        for line in _output_lines(run, found.error_task):
            out.line(line)
        if info.status in FINAL:
            tell(f"`sluice recover {info.run_id} --config FILE` goes on with a change; --plan says what is reused.")


def seen_before(found: SimilarFailures, run_id: str, *, utc: bool) -> Iterator[str]:
    """The other runs with this failure, and what a recovery changed that got over it; nothing if it is new."""
    others = [one.run_id for one in found.runs if one.run_id != run_id]
    if others or found.overcome:
        yield "\nseen before"
    if others:
        more = ", …" if len(others) > _OTHERS else ""
        since = time_words(found.first_at, utc=utc)
        yield f"  {counted(found.times, 'time')} since {since}: {', '.join(others[:_OTHERS])}{more}"
    if found.overcome:
        changes = [_change_words(change) for change in found.overcome.changes]
        how = "with these changes" if changes else "without a change: recovering was enough"
        yield f"  {found.overcome.run_id} got over it {how}"
        yield from (f"    {change}" for change in changes)


def _change_words(change: HelpfulChange) -> str:
    """`memory 36 GB → 72 GB`, or that a line of the config was added."""
    if change.kind == "config":
        words = f"removed: {change.before}" if change.after is None else f"added: {change.after}"
        return f"{change.name} of the config {words}"
    before, after = (_value_words(change, value) for value in (change.before, change.after))
    return f"{change.name.removesuffix('_ms')} {before} → {after}"


def _value_words(change: HelpfulChange, value: object) -> str:
    words = _RESOURCES.get(change.name) if change.kind == "request" else None
    return words(value) if words and isinstance(value, int) else text_of(value)


def _output_lines(run: "Run", task_name: str | None) -> Iterator[str]:
    """The end of what the failed task printed; nothing if it is not known, or printed nothing."""
    attempts = run.tasks(status="FAILED", search=task_name) if task_name else ()
    failed = max(attempts, key=lambda task: task.attempt or 0, default=None)
    if failed is None:
        return
    output = run.task_output(failed.task_id)
    lines = _text_in(output).splitlines()[-_LINES:]
    if lines:
        yield f"\nthe last {'line' if len(lines) == 1 else f'{len(lines)} lines'} of task {failed.task_id}"
        yield from (f"  {line}" for line in lines)


def _text_in(output: TaskLogs) -> str:
    """Errors tell more than output; the wrapper's log has both when neither is stored."""
    return output.stderr.strip("\n") or output.stdout.strip("\n") or (output.log or "")
