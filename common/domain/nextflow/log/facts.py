"""The kinds of facts that a record of nextflow.log can state, one class each."""

from dataclasses import Field, dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform

_Kind = TypeVar("_Kind")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def _fact(kind: type[_Kind]) -> type[_Kind]:
    """A dataclass that mypy lets nobody change; a frozen one takes three times as long to make, often in a long log."""
    return dataclass(slots=True, kw_only=True, unsafe_hash=True)(kind)


@_fact
class LogFact:
    """A statement of one record; `offset` is the byte at which the record starts, `at` its time (UTC)."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    offset: int
    at: datetime | None


@_fact
class FailureFact(LogFact):
    """A fact about a failure; `thread` wrote it, `exception` are the lines of its record with exceptions, if any."""

    thread: str | None = None
    exception: str | None = None


@_fact
class CommandGiven(LogFact):
    """The command line that started Nextflow: the first record of almost every log."""

    command: str


@_fact
class VersionNamed(LogFact):
    """The version of Nextflow, such as `25.10.4` or `19.09.0-edge`."""

    version: str


@_fact
class ScriptLaunched(LogFact):
    """The script or project, the run's name, and the revision; `branch` is the requested branch or tag, if any."""

    script: str
    run_name: str
    revision: str | None
    branch: str | None


@_fact
class RunNamed(LogFact):
    """The name of the run."""

    run_name: str


@_fact
class SessionNamed(LogFact):
    """The session's id: Nextflow has started, and a later run can resume with it."""

    session_id: str


@_fact
class WorkDirNamed(LogFact):
    """The directory that holds the directories of all tasks."""

    work_dir: str


@_fact
class ExecutorStarted(LogFact):
    """An executor was started; a run may use several."""

    executor: str


@_fact
class TaskSubmitted(LogFact):
    """A task was submitted to the executor; `resubmitted` if this is a further attempt, which has its own hash."""

    hash: str
    name: str
    resubmitted: bool


@_fact
class TaskCached(LogFact):
    """A task of an earlier run is reused; the log says no more about it."""

    hash: str
    name: str


@_fact
class TaskStored(LogFact):
    """A task was skipped because its `storeDir` holds the outputs; it has no hash."""

    name: str


@_fact
class TaskCompleted(LogFact):
    """Nextflow noticed that a task ended, successfully or not: a TaskErrored may follow even exit status 0.

    `exit_code` is None if unknown (`-`); only grid executors give `native_id`, `started` and `exited`; `hash` is None
    if `work_dir` is not a task's directory.
    """

    task_id: int
    name: str
    hash: str | None
    work_dir: str
    exit_code: int | None
    error: str | None
    native_id: str | None
    started: datetime | None
    exited: datetime | None


@_fact
class TaskErrored(FailureFact):
    """A task attempt failed; what Nextflow does about it follows. `work_dir` is None before there is one."""

    name: str
    hash: str | None
    work_dir: str | None
    error_class: str
    reason: str


@_fact
class TaskRetried(LogFact):
    """The attempt `hash` failed; Nextflow will submit the task again, for the `retry`-th time."""

    hash: str
    note: str
    retry: int


@_fact
class TaskIgnored(LogFact):
    """The attempt `hash` failed, and the run continues without it."""

    hash: str
    note: str


@_fact
class BatchJobSubmitted(LogFact):
    """Cloud Batch accepted a task as the job `job`, with the unique id `uid`."""

    name: str
    job: str
    uid: str
    work_dir: str
    hash: str | None


@_fact
class FailureReport(FailureFact):
    """Nextflow's report on the task that stops the run.

    A part is None if the report lacks its heading (a task that never ran has no command), and empty if the report says
    `(empty)`. `exit_code` is None if unknown; it may be 0.
    """

    name: str
    cause: str | None
    source: str | None
    command: str | None
    exit_code: int | None
    output: str | None
    error: str | None
    wrapper: str | None
    work_dir: str | None
    hash: str | None
    container: str | None


@_fact
class InternalError(FailureFact):
    """Nextflow itself failed while handling a task, which the record does not name."""

    reason: str


@_fact
class TaskNotFinalized(FailureFact):
    """The task `name` ran, but Nextflow failed afterwards, for example while publishing its outputs."""

    name: str
    reason: str


@_fact
class SessionAborted(FailureFact):
    """The session ends early; `signal` is the signal that ended it, such as `SIGTERM`, or None."""

    cause: str
    signal: str | None


@_fact
class LauncherError(FailureFact):
    """Nextflow stopped, or never started, for a reason outside of any task: configuration, script, unknown project."""

    text: str


@_fact
class ScriptError(FailureFact):
    """The pipeline's own code failed inside Nextflow."""

    text: str


@_fact
class ErrorNoted(FailureFact):
    """Nextflow wrote an error and went on; what stops the run later may be its effect."""

    text: str


@_fact
class PipelineComplaint(FailureFact):
    """The pipeline wrote an error itself; this does not end the run."""

    text: str


@_fact
class RunStats(LogFact):
    """The task counts of a run, printed up to three times; the last counts are final.

    `failed` excludes ignored failures in every version of Nextflow. Counts may be negative in real logs. The last
    eight are None before version 20.01. Durations in ms, memory in bytes.
    """

    succeeded: int
    failed: int
    ignored: int
    cached: int
    succeeded_ms: int | None
    failed_ms: int | None
    cached_ms: int | None
    pending: int | None
    submitted: int | None
    running: int | None
    retries: int | None
    aborted: int | None
    peak_running: int | None
    peak_cpus: int | None
    peak_memory: int | None


@_fact
class Goodbye(LogFact):
    """Nextflow ended in an orderly way, with or without success; a few more records may follow."""
