"""What one record of nextflow.log can tell: one frozen class for each kind of fact."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFact:
    """Something that a record says; `offset` is where the record starts in the file, `at` its time (UTC)."""

    offset: int
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven(LogFact):
    """The command line that started Nextflow: the first record of almost every log."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNamed(LogFact):
    """The version of Nextflow, such as `25.10.4` or `19.09.0-edge`."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptLaunched(LogFact):
    """The script or project, the run's name, and the revision; `branch` is a branch or tag when one was asked for."""

    script: str
    run_name: str
    revision: str | None
    branch: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNamed(LogFact):
    """The session knows its run's name."""

    run_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNamed(LogFact):
    """The session's id: Nextflow runs from here on, and a later run resumes by it."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDirNamed(LogFact):
    """Where the tasks' directories are."""

    work_dir: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorStarted(LogFact):
    """An executor warms up; one run may use several."""

    executor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSubmitted(LogFact):
    """A task was handed to the executor; `resubmitted` says that it is another attempt, with a hash of its own."""

    hash: str
    name: str
    resubmitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCached(LogFact):
    """A task of an earlier run is reused; nothing more about it follows in the log."""

    hash: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStored(LogFact):
    """A task was skipped, for its `storeDir` holds the outputs; it has no hash."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(LogFact):
    """Nextflow noticed the end of a task, well or not: even exit status 0 may be followed by a TaskErrored.

    `exit_code` is None when unknown (`-`); `native_id`, `started`, `exited` are told by grid executors only; `hash` is
    None when `work_dir` is no task's directory.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskErrored(LogFact):
    """A task attempt went wrong; what Nextflow does about it follows. `work_dir` is None before there is one."""

    name: str
    hash: str | None
    work_dir: str | None
    error_class: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRetried(LogFact):
    """The attempt `hash` is lost; another is to be submitted as the `retry`-th repetition."""

    hash: str
    note: str
    retry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIgnored(LogFact):
    """The attempt `hash` failed, and the run goes on without it."""

    hash: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobSubmitted(LogFact):
    """google-batch accepted a task as the job `job`, with the unique id `uid`."""

    name: str
    job: str
    uid: str
    work_dir: str
    hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchJobTerminated(LogFact):
    """A google-batch job ended in `state`; older versions name neither the task nor its index in the job."""

    name: str | None
    job: str
    task: str | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport(LogFact):
    """Nextflow's report on the task that stops the run.

    A part is None when the report has no such heading (a task that never ran has no command part) and empty when it
    says `(empty)`. `exit_code` is None when unknown; 0 is possible.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalError(LogFact):
    """Nextflow itself broke while it handled a task that the record does not name."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNotFinalized(LogFact):
    """The task `name` ran, and Nextflow failed on what comes after, such as publishing its outputs."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAborted(LogFact):
    """The session ends early; `signal` is the signal that ended it, such as `SIGTERM`, or None."""

    cause: str
    signal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionCancelled(LogFact):
    """After a failure no more tasks start; those running may finish (`errorStrategy 'finish'`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LauncherError(LogFact):
    """Nextflow gave up outside of any task: configuration, script, lock, unknown project."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptError(LogFact):
    """The pipeline's own code failed inside Nextflow."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineComplaint(LogFact):
    """The pipeline wrote an error of its own; by itself it ends nothing."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStats(LogFact):
    """The task counts of a run, printed up to three times; the last is the final one.

    `failed` leaves out failures that were ignored, whatever the version. Counts may be negative in real logs. The
    last eight are None before version 20.01. Durations are milliseconds, memory is bytes.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye(LogFact):
    """Nextflow ended in an orderly way, well or not; a few more records may follow."""
