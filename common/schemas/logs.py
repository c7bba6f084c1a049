"""Answers about the log and the tasks of a run. Durations are in ms, memory is in bytes, times are UTC."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from common.domain.tasks.task import TaskStatus
from common.schemas.paging import Page
from common.schemas.texts import ShownText


class LogEntry(BaseModel):
    """One record of the log with its continuation lines; `number` counts from 0 in the order of the file.

    The last entry of a growing log is `open`: it may get more lines, and a later answer or event with the same number
    replaces it.
    """

    model_config = ConfigDict(from_attributes=True)

    number: int
    timestamp: datetime | None = None
    source: Literal["nextflow", "task", "batch"] = "nextflow"
    level: str | None = None
    logger: ShownText | None = None
    thread: ShownText | None = None
    message: ShownText
    task_name: str | None = None
    stream: Literal["stdout", "stderr"] | None = None
    open: bool = False


class LogPage(Page):
    """A page of log entries.

    `offset` and `page_size` count filtered entries; `offset` is null with a cursor. A page of long entries may have
    fewer than `page_size`; the last page is the one with a null `next_cursor`. `complete` is true when the run has
    ended and its whole log has been read. `restoring` is true while the entries of an old run are read again from its
    files: ask again in a few seconds.
    """

    entries: list[LogEntry]
    offset: int | None = 0
    complete: bool
    restoring: bool = False


class TaskInfo(BaseModel):
    """One attempt of a task.

    `task_id` is its Nextflow hash with `-` in place of `/` (`ab-cdef01`); a further task of the run with the same eight
    digits has more of them (`ab-cdef01-7f3a…`). It never changes. `cpus`, `memory`, `disk`, `time`
    (the longest that it may run) and `container` are what was asked for; `machine_type`, `zone` and `spot` are what
    Cloud Batch used, known soon after the task has ended. `read_bytes` and `write_bytes` went to and from disks.
    """

    task_id: str
    name: ShownText
    process: ShownText
    tag: ShownText | None = None
    status: TaskStatus
    exit_code: int | None = None
    attempt: int | None = None
    duration: int | None = None
    cpu_percent: float | None = None
    memory_peak: int | None = None
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    work_dir: str | None = None
    native_id: str | None = None
    has_logs: bool = False
    cpus: int | None = None
    memory: int | None = None
    machine_type: str | None = None
    zone: str | None = None
    spot: bool | None = None
    disk: int | None = None
    time: int | None = None
    container: ShownText | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None


class TaskStats(BaseModel):
    """Statistics of several tasks: counts, the median and 95th percentile of durations, and peak memory.

    `finished` tasks ended in any way (`failed` ones are among them), or were reused from an earlier run.

    Cached tasks are counted, but their durations and memory are left out, because they belong to an earlier run.
    """

    model_config = ConfigDict(from_attributes=True)

    count: int
    running: int = 0
    finished: int = 0
    failed: int = 0
    p50_duration: int | None = None
    p95_duration: int | None = None
    peak_memory: int | None = None


class TaskSummary(BaseModel):
    """Statistics of all tasks of the run, without filters, by status and by process."""

    model_config = ConfigDict(from_attributes=True)

    by_status: dict[str, TaskStats]
    by_process: dict[ShownText, TaskStats]


class TaskListResponse(Page):
    """A page of tasks, with a summary of all tasks of the run.

    `total` is exact even beyond 10,000, except with `search` or with both `status` and `process`.
    """

    tasks: list[TaskInfo]
    summary: TaskSummary


class TaskLogs(BaseModel):
    """The output of a task, and the command that it ran. `source` is where the output was found, or null.

    google-batch merges both streams: `merged` is then true and `stdout` has both. `log` is the output of the task's
    wrapper with file staging, or null if it is not stored separately. `command` is the script `.command.sh`, or null
    if it is not in the task's work directory. `truncated` names the texts that are cut to their last 1 MiB (64 KiB of
    a command). The answer is from `as_of`; it is `stale` if nothing newer could be read, and `complete` if it
    can no longer change.
    """

    task_id: str
    stdout: str
    stderr: str
    log: str | None = None
    command: str | None = None
    source: Literal["work_dir", "cloud_logging"] | None = None
    merged: bool = False
    truncated: list[Literal["stdout", "stderr", "log", "command"]] = []
    as_of: datetime
    stale: bool = False
    complete: bool = False


class ArchiveResponse(BaseModel):
    """The archive of a run's logs is still being built."""

    run_id: str
    status: Literal["building"]
