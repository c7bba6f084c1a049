"""What a task printed, where that is found, and whether it can still change (DESIGN 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.domain.runs.run import Run
from common.domain.tasks.task import ENDED, Task, TaskStatus

STDOUT_FILE, STDERR_FILE, LOG_FILE = ".command.out", ".command.err", ".command.log"
OUTPUT_FILES: Final = {STDOUT_FILE: "stdout", STDERR_FILE: "stderr", LOG_FILE: "log"}  # and what each holds

_CLOCK_MARGIN: Final = timedelta(days=1)
_KEPT_FOR: Final = timedelta(days=30)  # both work directories and logs
_LATEST_ENTRY: Final = timedelta(minutes=10)  # after the end of a task, to be on the safe side


class OutputSource(StrEnum):
    """Where output was found."""

    WORK_DIR = "work_dir"
    CLOUD_LOGGING = "cloud_logging"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """What a task printed; `source` is None when nothing was found anywhere.

    `merged`: both streams are in stdout, as google-batch sends them. `log` is what the task's wrapper printed, both
    streams and the staging of files, where it is kept apart. `truncated` names those of stdout, stderr and log of
    which only the end is here.
    """

    stdout: str = ""
    stderr: str = ""
    log: str | None = None
    truncated: tuple[str, ...] = ()
    source: OutputSource | None = None
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a text; `is_cut` when there is more before it."""

    text: str
    is_cut: bool


def task_id_of(task: Task) -> str:
    """The hash of a task as it stands in an address."""
    return task.hash.replace("/", "-")


def printed_since(task: Task, run: Run) -> datetime:
    """A time before which the task printed nothing; a reused one ran for an earlier run."""
    if task.submit_time and task.status != TaskStatus.CACHED:
        return task.submit_time - _CLOCK_MARGIN
    return run.created_at - _KEPT_FOR


def output_in_work_dir(tails: Mapping[str, Tail]) -> TaskOutput | None:
    """The output in those of OUTPUT_FILES that are there; None when none is.

    Nextflow keeps the streams apart when the task has ended properly; else there is its log at best.
    """
    if not tails:
        return None
    if tails.keys() == {LOG_FILE}:
        return _merged(tails[LOG_FILE], OutputSource.WORK_DIR)
    texts = {OUTPUT_FILES[name]: tail.text for name, tail in tails.items()}
    return TaskOutput(
        stdout=texts.get("stdout", ""),
        stderr=texts.get("stderr", ""),
        log=texts.get("log"),
        truncated=tuple(OUTPUT_FILES[name] for name, tail in tails.items() if tail.is_cut),
        source=OutputSource.WORK_DIR,
    )


def output_in_cloud_logging(tail: Tail) -> TaskOutput | None:
    """The output in a task's log entries, which do not tell the streams apart; None when there is none."""
    return _merged(tail, OutputSource.CLOUD_LOGGING) if tail.text else None


def is_final(output: TaskOutput, task: Task, run: Run, *, at: datetime) -> bool:
    """Whether asking again cannot find more: the task has ended, and whatever it printed had time to arrive."""
    if task.status not in ENDED:
        return False
    if output.source == OutputSource.WORK_DIR:
        return True
    return _has_ended_for(_LATEST_ENTRY, task, run, at=at)


def is_forgotten(task: Task, run: Run, *, at: datetime) -> bool:
    """Whether what the task printed is kept nowhere any longer, so that what cannot be read never will be."""
    return task.status in ENDED and _has_ended_for(_KEPT_FOR, task, run, at=at)


def _has_ended_for(time: timedelta, task: Task, run: Run, *, at: datetime) -> bool:
    ended_at = task.end_time or run.completed_at or run.failed_at or run.cancelled_at
    return ended_at is not None and at - ended_at >= time


def _merged(tail: Tail, source: OutputSource) -> TaskOutput:
    return TaskOutput(stdout=tail.text, truncated=("stdout",) if tail.is_cut else (), source=source, merged=True)
