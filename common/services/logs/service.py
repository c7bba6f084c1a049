"""LogService: pages of the tasks and log entries of runs, the output of tasks, and the archive of a run's logs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Engine

from common.domain.archive.build import Built
from common.domain.archive.manifest import MAX_TASKS, is_fresh
from common.domain.runs.run import Run, RunOutline
from common.domain.tasks.task import Task
from common.errors import NotFoundError
from common.models.tasks import TaskRow
from common.services.archive.archiver import LogArchiver
from common.services.archive.planner import Contents
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.logs.listing import EntryFilter, EntryPage, entry_page
from common.services.postgres.engine import read
from common.services.task_output.outputs import FetchedOutput, TaskOutputs
from common.services.tasks.listing import TaskFilter, TaskPage, task_page
from common.services.tasks.timeline import TaskTimeline, task_timeline

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchive:
    """The fingerprint that a run's archive should have; `link` is None when the archive has to be built first."""

    fingerprint: str
    link: str | None


class LogService:
    """Reads ingested logs and tasks from Postgres; only task output and archives come from elsewhere."""

    def __init__(self, engine: Engine, outputs: TaskOutputs, archiver: LogArchiver) -> None:
        self._engine, self._outputs, self._archiver = engine, outputs, archiver

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

    def get_task_logs(self, run: Run, task_id: str) -> tuple[Task, FetchedOutput]:
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
        return task, self._outputs.fetch(run, task)

    def find_log_archive(self, run: Run, *, at: datetime) -> LogArchive:
        """The fingerprint that the archive of a run should have, with a link if the archive is up to date.

        Raises NotFoundError when there are no logs, and UnavailableError.
        """
        contents = self._archive_contents(run)
        is_up_to_date = self._is_archived(run, contents, at=at)
        link = self._archiver.archives.link(run.run_id) if is_up_to_date else None
        return LogArchive(fingerprint=contents.fingerprint, link=link)

    def create_log_archive(self, run: Run, *, at: datetime, heartbeat: Callable[[], None]) -> Built:
        """Do one step of building the archive of a run, unless the archive is up to date.

        `heartbeat` is called regularly and may raise. Raises NotFoundError when there are no logs, ConflictError when
        another process replaced the archive meanwhile, TooManyRequestsError and UnavailableError.
        """
        contents = self._archive_contents(run)
        archive = contents.folder.archive
        if archive and self._is_archived(run, contents, at=at):
            return Built(is_final=archive.fingerprint == contents.fingerprint)
        return self._archiver.take_step(contents, run, at=at, heartbeat=heartbeat)

    def _archive_contents(self, run: Run) -> Contents:
        failed = (TaskRow.run_id == run.run_id) & TaskRow.is_failed
        in_order = stored_tasks().where(failed).order_by(TaskRow.submit_time.nulls_last(), TaskRow.hash)
        rows = read(self._engine, lambda connection: connection.execute(in_order.limit(MAX_TASKS + 1)).all())
        tasks = [task_from(row) for row in rows]
        folder = self._archiver.archives.read_folder(run.run_id)
        contents = Contents(folder=folder, failed=tasks, output_of=partial(self._outputs.fetch, run))
        if contents.is_empty:
            raise NotFoundError(f"run {run.run_id} has no logs yet")
        return contents

    def _is_archived(self, run: Run, contents: Contents, *, at: datetime) -> bool:
        archive = contents.folder.archive
        return archive is not None and is_fresh(
            run, archived=archive.fingerprint, made_at=archive.state.updated, current=contents.fingerprint, at=at
        )
