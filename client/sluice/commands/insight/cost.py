"""sluice cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from sluice.commands.parts.lists import count_option, write_first
from sluice.commands.parts.options import example, output_options, run_argument
from sluice.commands.parts.session import connect
from sluice.decoding import Record
from sluice.models.costs import AttemptCostInfo, CostInfo, RunCostResponse, TaskCostInfo
from sluice.output.money import UNKNOWN, apportioned, cost_words, doubted, money_words
from sluice.output.terminal import tell
from sluice.output.words import NOTHING, counted, duration_words, short_process
from sluice.output.writer import Column, Output
from sluice.vocabulary import FINAL

_BASIS: Final = {
    "machine": "by the machines that Cloud Batch used",
    "request": "by the machines that Cloud Batch used, some of them guessed from what tasks asked for",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line(Record):
    """The head job, a process or all of the run, with the words for what it cost."""

    name: str
    words: str
    cost: CostInfo
    saved: str = NOTHING


_COLUMNS: Final = (
    Column[_Line]("process", lambda line: line.name, is_name=True),
    Column[_Line]("cost", lambda line: line.words, is_number=True),
    Column[_Line]("attempts", lambda line: line.cost.attempts, is_number=True),
    Column[_Line]("on machines", lambda line: duration_words(int(line.cost.machine_seconds * 1000)), is_number=True),
    Column[_Line]("preempted", lambda line: line.cost.spot_losses, is_number=True),
    Column[_Line]("saved", lambda line: line.saved, is_number=True),
)


def _cost_words(cost: CostInfo) -> str:
    return cost_words(cost.nano_dollars, complete=cost.complete, basis=cost.basis)


def machine_words(attempt: AttemptCostInfo) -> str:
    """`e2-highmem-8`, `e2-highmem-8 preempted`, `e2-highmem-8?` for a guess."""
    machine = f"{attempt.machine_type or UNKNOWN}{'?' if attempt.is_guess and attempt.machine_type else ''}"
    return machine if attempt.ended in {"done", None} else f"{machine} {attempt.ended}"


_TASK_COLUMNS: Final = (
    Column[TaskCostInfo]("task", lambda task: task.task_id, is_name=True),
    Column[TaskCostInfo]("name", lambda task: short_process(task.name)),
    Column[TaskCostInfo]("cost", lambda task: _cost_words(task.cost), is_number=True),
    Column[TaskCostInfo]("machines", lambda task: [machine_words(attempt) for attempt in task.attempts]),
)


@click.command(
    epilog=example("sluice cost", "sluice cost --tasks -n 5", "sluice cost --format '{total[nano_dollars]}'")
)
@run_argument
@click.option("--tasks", "by_task", is_flag=True, help="The dearest tasks and their machines instead.")
@count_option("With --tasks, how many.")
@output_options
def cost(out: Output, reference: str, count: int, *, by_task: bool) -> None:
    """Estimate what a run cost, by process.

    The amounts are US dollars by Google's list prices. Network, storage and discounts are left out; what reused tasks
    would have cost is what they saved.
    """
    with connect() as sluice:
        run = sluice.run(reference)
        if by_task:
            write_first(out, run.task_costs(), _TASK_COLUMNS, count)
            return
        found = run.cost()
        is_over = out.has_chosen_form or run.info().status in FINAL
    if out.has_chosen_form:
        out.value(found.raw, "")
        return
    out.records(lines_of(found), _COLUMNS)
    for sentence in about(found, is_over=is_over):
        tell(sentence)


def lines_of(found: RunCostResponse) -> Iterator[_Line]:
    """The head job, the processes and their sum, in amounts that add up."""
    total = found.total.nano_dollars or 0
    parts = [("Nextflow itself", found.head_job, 0)] + [
        (
            short_process(each.process) if each.process else "tasks that no file names",
            each.cost,
            each.saved.nano_dollars,
        )
        for each in found.processes
    ]
    shown = apportioned(total, [part.nano_dollars or 0 for _, part, _ in parts])
    for (name, part, saved), amount in zip(parts, shown, strict=True):
        yield _Line(name=name, words=_words(part, amount, total), cost=part, saved=_saved(saved, total))
    yield _Line(
        name="all", words=_cost_words(found.total), cost=found.total, saved=_saved(found.saved.nano_dollars, total)
    )


def about(found: RunCostResponse, *, is_over: bool) -> Iterator[str]:
    """What the amounts are estimated by, and what they leave out."""
    if not is_over:
        yield "The run goes on; this is what it cost so far."
    if found.summed_at is None:
        yield "Nothing is known yet: a task has a cost when it has ended and its machine was read from Cloud Batch."
        return
    if found.total.basis in _BASIS:
        priced = f" of {found.priced_on}" if found.priced_on else ""
        yield f"Estimated {_BASIS[found.total.basis]}, and Google's list prices{priced}."
    missing = [f"{one.what} ({counted(one.attempts, 'attempt')})" for one in found.unknown]
    missing += [f"{counted(found.unread_jobs, 'job')} not read from Cloud Batch yet"] if found.unread_jobs else []
    if missing:
        yield f"Not known: {'; '.join(missing)}."


def _words(part: CostInfo, shown: int, total: int) -> str:
    if part.nano_dollars is None:
        return UNKNOWN
    amount = money_words(shown or min(part.nano_dollars, 1), of=total)  # less than a digit shows, and not nothing
    return doubted(amount, complete=part.complete, basis=part.basis)


def _saved(nano_dollars: int | None, total: int) -> str:
    return money_words(nano_dollars, of=total) if nano_dollars else NOTHING
