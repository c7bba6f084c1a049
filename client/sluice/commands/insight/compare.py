"""sluice compare."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import click

from sluice.commands.parts.completion import complete_run
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.decoding import Record
from sluice.models.comparison import ComparedProcess, ComparedTask, ProcessSide, RowDifference, RunComparison, TaskPair
from sluice.output.money import money_words
from sluice.output.terminal import tell
from sluice.output.words import NOTHING, counted, duration_words, memory_words, short_process
from sluice.output.writer import Column, Output

_DIFFERENCES: Final[Mapping[str, str]] = {
    "only_before": "only in the other run",
    "only_after": "only in this run",
    "slower": "slower than usual",
    "tasks": "another number of tasks",
    "failed": "another number of failures",
    "memory": "asks for other memory",
    "cpus": "asks for other CPUs",
    "container": "another container",
}
_CAUSES: Final[Mapping[str, str]] = {
    "queue": "its tasks waited longer and did not run longer",
    "container": "its tasks ran in another container",
    "input": "its tasks read more, as fast as before",
}
_TIMES: Final = frozenset({"time_ms", "queue_ms", "realtime_ms"})
_SIZES: Final = frozenset({"memory", "disk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Record):
    """One thing that differs; `before` is that of the other run."""

    kind: str
    name: str
    before: object
    after: object
    about: str = ""


@click.command(epilog=example("sluice compare", "sluice compare @last run-0229dfe4 --tasks"))
@run_argument
@click.argument("other", metavar="[OTHER]", required=False, shell_complete=complete_run)
@click.option("--tasks", "with_tasks", is_flag=True, help="Also each task that differs; at most 500.")
@output_options
def compare(out: Output, reference: str, other: str | None, *, with_tasks: bool) -> None:
    """Say in what a run differs from another.

    Compared are inputs, config, tasks, times and cost; what is the same is left out. Without OTHER it is compared with
    the last run of the same pipeline that completed.
    """
    with connect() as sluice:
        found = sluice.run(reference).compare(None if other is None else sluice.run(other))
    if out.has_chosen_form:
        out.value(found.raw, "")
        return
    columns = (
        Column[Difference]("what", lambda one: one.kind),
        Column[Difference]("which", lambda one: one.name, is_name=True),
        Column[Difference](found.with_run_id, lambda one: one.before),
        Column[Difference](found.run_id, lambda one: one.after),
        Column[Difference]("difference", lambda one: one.about),
    )
    out.records(differences_in(found, with_tasks=with_tasks), columns)
    for sentence in about(found, with_tasks=with_tasks):
        tell(sentence)


def about(found: RunComparison, *, with_tasks: bool) -> Iterator[str]:
    """What the list does not say."""
    if any(differences_in(found, with_tasks=True)):
        yield f"{found.run_id} was compared with {found.with_run_id}, whose values come first."
    else:
        yield f"{found.run_id} does not differ from {found.with_run_id}."
    if found.slower_together:
        yield "Most processes were slower than usual, so look for one reason that they share."
    if found.different_tasks > len(found.tasks):
        yield f"{found.different_tasks:,} tasks differ; only the first {len(found.tasks)} can be listed."
    elif found.tasks and not with_tasks:
        yield f"Different tasks: {len(found.tasks)}; --tasks lists them."
    yield from (f"Not compared: {what}." for what in found.unknown)


def differences_in(found: RunComparison, *, with_tasks: bool) -> Iterator[Difference]:
    """All that differs, from the pipeline to its tasks."""
    for kind, text in (("pipeline", found.pipeline), ("version", found.pipeline_version)):
        if text:
            yield Difference(kind=kind, name="", before=text.before, after=text.after)
    for param in found.params:
        words = "neither run set it; its default changed" if param.default_changed else ""
        before, after = _param_text(param.before), _param_text(param.after)
        yield Difference(kind="param", name=param.name, before=before, after=after, about=words)
    for line in found.config:
        sides = (None, line.text) if line.is_added else (line.text, None)
        yield Difference(kind="config", name=f"line {line.number}", before=sides[0], after=sides[1])
    for row in found.sheet.rows:
        yield from _of_row(row)
    yield from map(_of_process, found.processes)
    if with_tasks:
        yield from map(_of_task, found.tasks)
    yield from _of_cost(found)


def _param_text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _of_row(row: RowDifference) -> Iterator[Difference]:
    if not row.cells:
        before, after = (number and f"row {number}" for number in (row.before, row.after))
        about = "only in this run" if row.before is None else "only in the other run"
        yield Difference(kind="sheet", name=row.sample, before=before, after=after, about=about)
    for cell in row.cells:
        name = f"{row.sample}, row {row.after}, {cell.column}"
        yield Difference(kind="sheet", name=name, before=cell.before, after=cell.after)


def _of_process(one: ComparedProcess) -> Difference:
    words = [_DIFFERENCES.get(difference, difference) for difference in one.differences]
    if "slower" in one.differences and one.usual_ms is not None:
        words[one.differences.index("slower")] += f" ({duration_words(round(one.usual_ms))})"
    words += [_CAUSES.get(cause, cause) for cause in one.causes]
    sides = (_side_words(one.before), _side_words(one.after))
    name = short_process(one.process)
    return Difference(kind="process", name=name, before=sides[0], after=sides[1], about="; ".join(words))


def _side_words(side: ProcessSide | None) -> str | None:
    """`4 tasks, 1 failed, 12s, 36 GB`: the median time and the memory that they asked for."""
    if side is None:
        return None
    words = [counted(side.tasks, "task")]
    counts = (("failed", side.failed), ("cached", side.cached), ("retried", side.retried))
    words += [f"{count:,} {name}" for name, count in counts if count]
    words += [] if side.duration_ms is None else [duration_words(round(side.duration_ms))]
    words += [] if side.cpus is None else [counted(side.cpus, "CPU")]
    words += [] if side.memory is None else [memory_words(side.memory)]
    return ", ".join(words)


def _of_task(pair: TaskPair) -> Difference:
    tag, ordinal = f" ({pair.tag})" if pair.tag else "", f" #{pair.ordinal}" if pair.ordinal > 1 else ""
    name = f"{short_process(pair.process)}{tag}{ordinal}"
    before, after = (_task_words(side, pair.fields) for side in (pair.before, pair.after))
    about = "" if pair.before and pair.after else "only in this run" if pair.after else "only in the other run"
    return Difference(kind="task", name=name, before=before, after=after, about=about)


def _task_words(task: ComparedTask | None, fields: list[str]) -> str | None:
    """Its id, and the fields that differ."""
    if task is None:
        return None
    values = [f"{name.removesuffix('_ms').replace('_', ' ')} {_value_words(task.raw, name)}" for name in fields]
    return ", ".join([task.task_id, *values])


def _value_words(task: Mapping[str, Any], name: str) -> str:
    value = task.get(name)
    if value is None:
        return NOTHING
    if name in _TIMES:
        return duration_words(value)
    return memory_words(value) if name in _SIZES else str(value)


def _of_cost(found: RunComparison) -> Iterator[Difference]:
    """The costs of both, if something of both is known."""
    before, after = found.with_nano_dollars, found.nano_dollars
    if before and after:
        words = [f"about {money_words(amount, of=max(before, after))}" for amount in (before, after)]
        if words[0] != words[1]:
            yield Difference(kind="cost", name="", before=words[0], after=words[1])
