"""sluice advise."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from sluice.commands.parts.options import example, output_options
from sluice.commands.parts.session import connect
from sluice.errors import ConflictError, NotFoundError
from sluice.models.sizing import AskedFor, PipelineAdviceResponse, ProcessAdviceInfo
from sluice.output.money import UNKNOWN, money_words
from sluice.output.terminal import tell
from sluice.output.words import NOTHING, counted, memory_words, short_process
from sluice.output.writer import Column, Output

_STDOUT: Final = "-"
_CHANGES: Final = frozenset({"ask_less", "ask_more"})
_VERDICTS: Final[Mapping[str, str]] = {
    "ask_less": "ask for less",
    "ask_more": "ask for more",
    "not_enough_yet": "too few tasks yet",
}


def verdict_words(one: ProcessAdviceInfo) -> str:
    """`ask for more: 12 CPUs, 288 GB`; by input size if that decides; a guess is called so."""
    if one.verdict not in _CHANGES or one.advised is None:
        return _VERDICTS.get(one.verdict, one.verdict)
    words = _request_words(one.advised)
    if one.by_input:
        words += f" ({', '.join(map(_bin_words, ((each.read_bytes, each.memory) for each in one.by_input)))})"
    guess = "; a guess, as the largest were killed too" if one.is_guess else ""
    return f"{_VERDICTS[one.verdict]}: {words}{guess}"


def _bin_words(limit: tuple[int | None, int]) -> str:
    read, memory = limit
    return f"{memory_words(memory)} {f'up to {memory_words(read)} of input' if read is not None else 'beyond'}"


def _request_words(asked: AskedFor) -> str:
    words = [] if asked.cpus is None else [counted(asked.cpus, "CPU")]
    words += [] if asked.memory is None else [memory_words(asked.memory)]
    return ", ".join(words) or UNKNOWN


def _killed_words(one: ProcessAdviceInfo) -> str:
    """The share of first attempts with the advice that will be killed."""
    if one.verdict not in _CHANGES or one.expected_failures is None:
        return NOTHING
    return f"at most {one.expected_failures:.0%}"


def _saving_words(one: ProcessAdviceInfo) -> str:
    if one.verdict not in _CHANGES:
        return NOTHING
    return UNKNOWN if one.saved_monthly is None else money_words(one.saved_monthly)


_COLUMNS: Final = (
    Column[ProcessAdviceInfo]("process", lambda one: short_process(one.process), is_name=True),
    Column[ProcessAdviceInfo]("tasks", lambda one: one.samples, is_number=True),
    Column[ProcessAdviceInfo]("killed", lambda one: one.kills, is_number=True),
    Column[ProcessAdviceInfo]("asks for", lambda one: _request_words(one.asked), is_name=True),
    Column[ProcessAdviceInfo]("advice", verdict_words),
    Column[ProcessAdviceInfo]("will be killed", _killed_words),
    Column[ProcessAdviceInfo]("saves", _saving_words, is_number=True),
)


@click.command(
    epilog=example("sluice advise nf-core/scrnaseq", "sluice advise nf-core/scrnaseq --config advised.config")
)
@click.argument("pipeline", metavar="PIPELINE")
@click.option("--revision", "-r", "version", metavar="VERSION", help="The release; the default one without it.")
@click.option("--config", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write the advice as a config for `sluice submit --config FILE`; - is stdout.")  # fmt: skip
@output_options
def advise(out: Output, pipeline: str, version: str | None, file: Path | None) -> None:
    """Advise what the tasks of a pipeline should ask for.

    That is memory and CPUs. It is judged by the newest 40 runs of this family of releases that you may see; what it
    saves is that of the last 30 days.
    """
    if file is not None and out.has_chosen_form:
        raise click.UsageError("--config writes a file of its own; leave --json and --format out")
    with connect() as sluice:
        found = sluice.advice(pipeline, version)
    if file is not None:
        _write(found, file)
    elif out.has_chosen_form:
        out.value(found.raw, "")
        return
    else:
        out.records(found.processes, _COLUMNS)
    for sentence in about(found):
        tell(sentence)


def _write(found: PipelineAdviceResponse, file: Path) -> None:
    """Write the block. Raises NotFoundError if there is none, ConflictError if the file is there."""
    if not found.config:
        raise NotFoundError(f"no config was written: {' '.join(about(found))}")
    if str(file) == _STDOUT:
        sys.stdout.write(found.config)
        sys.stdout.flush()
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(found.config)
    except FileExistsError as error:
        raise ConflictError(f"{file} is there already; nothing was written") from error
    Output().line(str(file))


def about(found: PipelineAdviceResponse) -> Iterator[str]:
    """What the advice comes to, in sentences."""
    runs = counted(found.runs, "run")
    changes = sum(one.verdict in _CHANGES for one in found.processes)
    if changes:
        processes = counted(changes, "process", "processes")
        yield f"{processes} of release {found.family} should ask for another amount, judged by {runs}."
    elif found.processes and all(one.verdict == "not_enough_yet" for one in found.processes):
        yield f"{runs} of release {found.family} had too few tasks to judge by; a process needs 10, in 2 runs or more."
    elif found.processes:
        yield f"Nothing should change in release {found.family}, judged by {runs}."
    if changes and found.saved_monthly is not None:
        amount = money_words(abs(found.saved_monthly))
        verb = f"saved {amount}" if found.saved_monthly >= 0 else f"cost {amount} more"
        yield f"In the last 30 days that would have {verb}, by list prices."
    yield from (f"Not known: {what}." for what in found.unknown)
