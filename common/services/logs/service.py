"""LogService: pages of the tasks and log entries of runs, the output of tasks, and the archive of a run's logs.

Most processes answer with pages before anything else, so what reads output and archives is loaded when it is used.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from common.domain.runs.run import Run, RunOutline
from common.domain.tasks.task import Task
from common.errors import NotFoundError
from common.models.tasks import TaskRow
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.logs.listing import EntryFilter, EntryPage, entry_page
from common.services.postgres.engine import read
from common.services.tasks.listing import TaskFilter, TaskPage, task_page
from common.services.tasks.timeline import TaskTimeline, task_timeline

if TYPE_CHECKING:
    from common.domain.archive.build import Built
    from common.services.archive.service import LogArchive, LogArchiveService
    from common.services.task_output.outputs import FetchedOutput, TaskOutputs

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


class LogService:
    """Reads ingested logs and tasks from Postgres; only task output and archives come from elsewhere.

    `outputs` and `archives` return the services for these; they are called when one is needed.
    """

    def __init__(
        self, engine: Engine, outputs: "Callable[[], TaskOutputs]", archives: "Callable[[], LogArchiveService]"
    ) -> None:
        self._engine, self._outputs, self._archives = engine, outputs, archives

    def get_workflow_log(self, run: RunOutline, filters: EntryFilter) -> EntryPage:
        """A page of a run's nextflow.log; empty while there is no log.

        `run` was read before: a final status is stored only after the whole log has been ingested. Raises
        ValidationError for an invalid cursor, and UnavailableError when filtering takes too long.
        """
        return read(self._engine, partial(entry_page, run=run, filters=filters))

    def list_tasks(self, run_id: str, filters: TaskFilter) -> TaskPage:
        """A page of a run's tasks with a summary of all tasks.

        Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
        """
        return read(self._engine, partial(task_page, run_id=run_id, filters=filters))

    def get_task_timeline(self, run_id: str, *, bins: int, until: datetime | None) -> TaskTimeline:
        """When the tasks of a run waited and ran; `until` ends tasks that still do."""
        return read(self._engine, partial(task_timeline, run_id=run_id, bins=bins, until=until))

    def get_task_logs(self, run: Run, task_id: str) -> "tuple[Task, FetchedOutput]":
        """A task and its output. `task_id` is the task's key with `-` for the `/`, or its number in the trace.

        Raises NotFoundError, TooManyRequestsError and UnavailableError.
        """
        is_named = TaskRow.hash == task_id.replace("-", "/", 1)
        if _NUMBER.fullmatch(task_id):
            is_named |= TaskRow.task_id == int(task_id)
        named = stored_tasks().where(TaskRow.run_id == run.run_id, is_named)
        newest = named.order_by(TaskRow.submit_time.desc().nulls_last()).limit(1)
        row = read(self._engine, lambda connection: connection.execute(newest).first())
        if row is None:
            raise NotFoundError(f"run {run.run_id} has no task {task_id}")
        task = task_from(row)
        return task, self._outputs().fetch(run, task)

    def find_log_archive(self, run: Run, *, at: datetime) -> "LogArchive":
        """The archive that a run should have: `LogArchiveService.link_to`."""
        return self._archives().link_to(run, at=at)

    def create_log_archive(self, run: Run, *, at: datetime, heartbeat: Callable[[], None]) -> "Built":
        """Do one step of building the archive of a run: `LogArchiveService.create`."""
        return self._archives().create(run, at=at, heartbeat=heartbeat)
