"""What usually helps against each cause, with the number to change where the failed task's request is known."""

import re
from collections.abc import Iterable

from common.domain.diagnosis.causes import CauseClass
from common.domain.nextflow.units import duration_ms

_GB = 1024**3
_HOUR, _MINUTE = 3_600_000, 60_000  # milliseconds
_DISK_GB = 100  # of each task's first attempt, unless the pipeline or the user sets more
_TIME_LIMIT = re.compile(r"running time limit \(([^()\n]{1,40})\)")
_OPERATOR = "ask the operator of Sluice"
_OF_THE_HEAD_JOB = {
    CauseClass.OUT_OF_MEMORY: f"The head job, which runs Nextflow itself, ran out of memory: {_OPERATOR}.",
    CauseClass.DISK_FULL: f"The disk of the head job, which runs Nextflow itself, is full: {_OPERATOR}.",
    CauseClass.TIME_LIMIT: f"The head job ran longer than it may: recover; if that does not help, {_OPERATOR}.",
}
_ADVICE = {
    CauseClass.PREEMPTED: "Recover, or run without Spot machines.",
    CauseClass.MISSING_OUTPUT: "Read what the task printed: it ended without a file or value that is expected.",
    CauseClass.COMMAND_FAILED: "Read what the task printed; its last lines usually name the input or option at fault.",
    CauseClass.MISSING_INPUT: "Correct the path in the samplesheet or parameters; then recover, or submit a new run.",
    CauseClass.CONFIG_ERROR: "Correct the samplesheet, parameters or config; then recover, or submit a new run.",
    CauseClass.SCRIPT_ERROR: "The pipeline has a bug: try another release, or tell its authors.",
    CauseClass.QUOTA: "Wait, or ask Google for more quota; then recover.",
    CauseClass.PERMISSION: f"Something may not be read or written: {_OPERATOR}.",
    CauseClass.IMAGE_PULL: f"Recover: registries limit pulls and fail at times; if it happens again, {_OPERATOR}.",
    CauseClass.KILLED_BY_SIGNAL: f"Recover; if it happens again, {_OPERATOR}.",
    CauseClass.INTERNAL_ERROR: f"Recover; if it happens again, {_OPERATOR}.",
}


def advice_for(
    cause: CauseClass, *, task: str | None, memory: int | None, lines: Iterable[str], attempt: int | None = None
) -> str | None:
    """What usually helps; None for an unknown cause.

    `task` is the name of the failed task, None if none failed; `memory` are the bytes that its `attempt` asked for;
    `lines` are the evidence, which may name the time that it was given.
    """
    if cause in _ADVICE:
        return _ADVICE[cause]
    if task is None:
        return _OF_THE_HEAD_JOB.get(cause)
    process = _process_of(task)
    match cause:
        case CauseClass.OUT_OF_MEMORY:
            return _more_memory(process, memory, attempt or 1)
        case CauseClass.DISK_FULL:
            change = f"{process} filled its disk: give it {2 * _DISK_GB} GB or more."
            return f"{change} {_recover(process, 'disk', 2 * _DISK_GB, 'GB')}"
        case CauseClass.TIME_LIMIT:
            return _more_time(process, lines)
    return None


def _process_of(task: str) -> str:
    """The name that a config can use: STAR_ALIGN of `NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample 1)`."""
    return task.partition(" (")[0].rpartition(":")[2]


def _more_memory(process: str, memory: int | None, attempt: int) -> str:
    if not memory:
        return f"{process} ran out of memory: give it more. {_recover(process, 'memory', 128, 'GB')}"
    asked = max(1, round(memory / _GB))
    # A repeated task asked for more than the config sets for its first attempt.
    when = f" in attempt {attempt}" if attempt > 1 else ""
    change = f"{process} had {asked} GB of memory{when}: give it {2 * asked} GB."
    return f"{change} {_recover(process, 'memory', 2 * asked, 'GB')}"


def _more_time(process: str, lines: Iterable[str]) -> str:
    given = next((found[1] for line in lines if (found := _TIME_LIMIT.search(line))), None)
    try:
        limit = duration_ms(given) if given else 0
    except ValueError:
        limit = 0
    if not limit:
        return f"{process} ran longer than it may: give it more time. {_recover(process, 'time', 24, 'h')}"
    number, unit = (2 * limit // _HOUR, "h") if 2 * limit >= _HOUR else (max(1, 2 * limit // _MINUTE), "m")
    return f"{process} had {given}: give it {number}{unit}. {_recover(process, 'time', number, unit)}"


def _recover(process: str, resource: str, number: int, unit: str) -> str:
    setting = f"process {{ withName: {process} {{ {resource} = {{ {number}.{unit} * task.attempt }} }} }}"
    return f"Recover with `{setting}` in the config."
