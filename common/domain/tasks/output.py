"""What a task ran and printed, where it was found, and whether it can still change."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.domain.runs.run import Run
from common.domain.tasks.task import ENDED, Task, TaskStatus
from common.domain.text.secrets import hide_in_text

STDOUT_FILE, STDERR_FILE, LOG_FILE = ".command.out", ".command.err", ".command.log"
COMMAND_FILE: Final = ".command.sh"
OUTPUT_FILES: Final = {STDOUT_FILE: "stdout", STDERR_FILE: "stderr", LOG_FILE: "log"}  # and what each holds

_CLOCK_MARGIN: Final = timedelta(days=1)
_KEPT_FOR: Final = timedelta(days=30)  # work directories and logs alike
_LATEST_ENTRY: Final = timedelta(minutes=10)  # after the end of a task, with a margin


class OutputSource(StrEnum):
    """Where a task's output was found."""

    WORK_DIR = "work_dir"
    CLOUD_LOGGING = "cloud_logging"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """What a task printed; `source` is None if nothing was found. `command` is the script that it ran, if it is there.

    `merged`: stdout holds both streams, as google-batch writes them. `log` is the output of Nextflow's wrapper script
    (both streams and the staging of files), if there is such a file. `truncated` lists which of stdout, stderr, log and
    command hold only the end of the text.
    """

    stdout: str = ""
    stderr: str = ""
    log: str | None = None
    command: str | None = None
    truncated: tuple[str, ...] = ()
    source: OutputSource | None = None
    merged: bool = False


def without_secrets(output: TaskOutput) -> TaskOutput:
    """The output as it may be shown."""
    return replace(
        output,
        stdout=hide_in_text(output.stdout),
        stderr=hide_in_text(output.stderr),
        log=None if output.log is None else hide_in_text(output.log),
        command=None if output.command is None else hide_in_text(output.command),
    )


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a text; `is_cut` if the text has more before it."""

    text: str
    is_cut: bool


def task_id_of(task: Task) -> str:
    """The key of a task in the form that URLs use: `ab-cdef01`, or `ab-cdef01-7f3a…`."""
    return task.hash.replace("/", "-")


def printed_since(task: Task, run: Run) -> datetime:
    """A time before the task's first output; a cached task ran in an earlier run."""
    if task.submit_time and task.status != TaskStatus.CACHED:
        return task.submit_time - _CLOCK_MARGIN
    return run.created_at - _KEPT_FOR


def output_in_work_dir(tails: Mapping[str, Tail]) -> TaskOutput | None:
    """The output in those of OUTPUT_FILES that exist; None if none does.

    Nextflow writes separate streams for a task that ended properly; for others at most the log exists.
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


def with_command(output: TaskOutput, command: Tail | None) -> TaskOutput:
    """The output with the text of COMMAND_FILE; None if there is no such file."""
    if command is None:
        return output
    truncated = (*output.truncated, "command") if command.is_cut else output.truncated
    return replace(output, command=command.text, truncated=truncated)


def output_in_cloud_logging(tail: Tail) -> TaskOutput | None:
    """The output in a task's Cloud Logging entries, which merge the streams; None if there is none."""
    return _merged(tail, OutputSource.CLOUD_LOGGING) if tail.text else None


def is_final(output: TaskOutput, task: Task, run: Run, *, at: datetime) -> bool:
    """Whether the output can no longer change: the task has ended, and late log entries had time to arrive."""
    if task.status not in ENDED:
        return False
    if output.source == OutputSource.WORK_DIR:
        return True
    return _has_ended_for(_LATEST_ENTRY, task, run, at=at)


def has_expired(task: Task, run: Run, *, at: datetime) -> bool:
    """Whether the output has been deleted everywhere, so that retrying cannot find it."""
    return task.status in ENDED and _has_ended_for(_KEPT_FOR, task, run, at=at)


def _has_ended_for(duration: timedelta, task: Task, run: Run, *, at: datetime) -> bool:
    ended_at = task.end_time or run.completed_at or run.failed_at or run.cancelled_at
    return ended_at is not None and at - ended_at >= duration


def _merged(tail: Tail, source: OutputSource) -> TaskOutput:
    return TaskOutput(stdout=tail.text, truncated=("stdout",) if tail.is_cut else (), source=source, merged=True)
