"""Answers about the log and the tasks of a run (DESIGN 8). Durations in ms, memory in bytes, times UTC."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from common.domain.tasks.task import Task, TaskStatus
from common.schemas.paging import Page


class LogEntry(BaseModel):
    """One record of a log, with the lines that belong to it; `number` counts from 0 in the order of the file."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    timestamp: datetime | None = None
    source: Literal["nextflow", "task", "batch"] = "nextflow"
    level: str | None = None
    logger: str | None = None
    thread: str | None = None
    message: str
    task_name: str | None = None
    stream: Literal["stdout", "stderr"] | None = None


class LogPage(Page):
    """A page of entries: `offset` and `page_size` count entries after filtering; `offset` is null after a cursor.

    There may be fewer than `page_size` where entries are long: only a null `next_cursor` says that none follow now.

    `complete` says that the run is over and its whole log is here; a run that never started has none.
    """

    entries: list[LogEntry]
    offset: int | None = 0
    complete: bool


class TaskInfo(BaseModel):
    """One attempt of a task; `task_id` is its hash with `-` for `/`, so that it fits into an address."""

    task_id: str
    name: str
    process: str
    tag: str | None = None
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

    @classmethod
    def of(cls, task: Task) -> Self:
        """What is told of `task`; its output can be looked up once its work directory is known."""
        return cls(
            task_id=task.hash.replace("/", "-"),
            name=task.name,
            process=task.process,
            tag=task.tag,
            status=task.status,
            exit_code=task.exit_code,
            attempt=task.attempt,
            duration=task.duration_ms,
            cpu_percent=task.cpu_percent,
            memory_peak=task.memory_peak,
            submit_time=task.submit_time,
            start_time=task.start_time,
            end_time=task.end_time,
            work_dir=task.work_dir,
            native_id=task.native_id,
            has_logs=task.work_dir is not None,
        )


class TaskStats(BaseModel):
    """Some tasks together: how many, how many of them failed, half and 95 % of their durations, the most memory.

    Tasks taken from the cache are counted only: what they took, they took in an earlier run.
    """

    model_config = ConfigDict(from_attributes=True)

    count: int
    failed: int = 0
    p50_duration: int | None = None
    p95_duration: int | None = None
    peak_memory: int | None = None


class TaskSummary(BaseModel):
    """All tasks of the run, whatever the filters: each once by its status, and once by its process."""

    model_config = ConfigDict(from_attributes=True)

    by_status: dict[str, TaskStats]
    by_process: dict[str, TaskStats]


class TaskListResponse(Page):
    """A page of tasks, with a summary of all of them. The total is exact unless several filters meet."""

    tasks: list[TaskInfo]
    summary: TaskSummary


class TaskLogs(BaseModel):
    """What a task wrote. `source` says where it was found; null when nothing was found anywhere.

    google-batch sends both streams to one place: `merged` then is true, and stdout holds both. `log` is what the
    task's wrapper printed, both streams and the staging of files; null when it is not kept apart. `truncated` names
    the texts of which only the end is here, 1 MiB of it. The answer is from `as_of`, `stale` when nothing newer could
    be had, and `complete` when it will not change any more.
    """

    task_id: str
    stdout: str
    stderr: str
    log: str | None = None
    source: Literal["work_dir", "cloud_logging"] | None = None
    merged: bool = False
    truncated: list[Literal["stdout", "stderr", "log"]] = []
    as_of: datetime
    stale: bool = False
    complete: bool = False


class ArchiveResponse(BaseModel):
    """The archive of a run's logs is not there yet."""

    run_id: str
    status: Literal["building"]
