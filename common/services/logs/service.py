"""LogService: the tasks and log entries of runs, a page at a time; what tasks print; the archive of it all."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, select

from common.domain.archive.manifest import MAX_TASKS, Manifest, is_fresh
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES
from common.domain.tasks.task import Task, TaskStatus
from common.errors import NotFoundError
from common.models.runs import RunRow
from common.models.tasks import TaskRow
from common.services.archive.archiver import Contents, LogArchiver
from common.services.ingest.store import task_from
from common.services.logs.listing import EntryFilter, entry_page
from common.services.paging import Total
from common.services.task_output.outputs import FetchedOutput, TaskOutputs
from common.services.tasks.listing import TaskFilter, TaskPage, task_page

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries as rows of `log_entries`; `complete` once the run is over and its whole log, if any, has been read."""

    entries: Sequence[Row[Any]]
    total: Total
    next_cursor: str | None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchive:
    """What the archive of a run should be made of; `link` is None when it has to be built first."""

    fingerprint: str
    link: str | None


class LogService:
    """Answers from what has been ingested; only task output and archives are looked up elsewhere."""

    def __init__(self, engine: Engine, outputs: TaskOutputs, archiver: LogArchiver) -> None:
        self._engine, self._outputs, self._archiver = engine, outputs, archiver

    def get_workflow_log(self, run_id: str, wanted: EntryFilter) -> EntryPage:
        """A page of a run's nextflow.log; empty while there is no log, and complete when there never will be.

        Raises ValidationError for a cursor that is not of this list, UnavailableError when filtering takes too long.
        """
        with self._engine.connect() as connection:
            is_complete = _is_complete(connection, run_id)  # asked first: else the last entries could come in between
            page = entry_page(connection, run_id, wanted)
        return EntryPage(entries=page.rows, total=page.total, next_cursor=page.next_cursor, complete=is_complete)

    def list_tasks(self, run_id: str, wanted: TaskFilter) -> TaskPage:
        """A page of a run's tasks with a summary of all of them.

        Raises ValidationError for a cursor that is not of this list, UnavailableError when a search takes too long.
        """
        with self._engine.connect() as connection:
            return task_page(connection, run_id, wanted)

    def get_task_logs(self, run: Run, task_id: str) -> tuple[Task, FetchedOutput]:
        """What a task printed; it is named by its hash with `-` for `/`, or by its number in the trace.

        Raises NotFoundError, TooManyRequestsError and UnavailableError.
        """
        is_named = TaskRow.hash == task_id.replace("-", "/", 1)
        if _NUMBER.fullmatch(task_id):
            is_named |= TaskRow.task_id == int(task_id)
        named = select(TaskRow.__table__).where(TaskRow.run_id == run.run_id, is_named)
        with self._engine.connect() as connection:
            row = connection.execute(named.order_by(TaskRow.submit_time.desc().nulls_last()).limit(1)).first()
        if row is None:
            raise NotFoundError(f"run {run.run_id} has no task {task_id}")
        task = task_from(row)
        return task, self._outputs.fetch(run, task)

    def find_log_archive(self, run: Run, *, at: datetime) -> LogArchive:
        """What the archive of a run should be made of, and the link to it if that is what it is made of.

        Raises NotFoundError when there are no logs, and UnavailableError.
        """
        contents = self._archive_contents(run)
        is_there = self._is_archived(run, contents, at=at)
        return LogArchive(
            fingerprint=contents.fingerprint, link=self._archiver.archives.link(run.run_id) if is_there else None
        )

    def create_log_archive(self, run: Run, *, at: datetime, heartbeat: Callable[[], None]) -> bool:
        """Write the archive of a run, unless it is there already; `heartbeat` is called now and then, and may raise.

        Whether it is final: whether writing it again cannot add anything. Raises NotFoundError when there are no
        logs, ConflictError when somebody else wrote it meanwhile, TooManyRequestsError and UnavailableError.
        """
        contents = self._archive_contents(run)
        archive = contents.folder.archive
        if archive and self._is_archived(run, contents, at=at):
            return archive.fingerprint == contents.fingerprint
        return self._archiver.build(contents, Manifest(run=run, made_at=at), heartbeat=heartbeat)

    def _archive_contents(self, run: Run) -> Contents:
        failed = (TaskRow.run_id == run.run_id) & (TaskRow.status == TaskStatus.FAILED.value)
        in_order = select(TaskRow.__table__).where(failed).order_by(TaskRow.submit_time.nulls_last(), TaskRow.hash)
        with self._engine.connect() as connection:
            tasks = [task_from(row) for row in connection.execute(in_order.limit(MAX_TASKS + 1))]
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


def _is_complete(connection: Connection, run_id: str) -> bool:
    """A final state is written only after the whole log has been read, so it is enough to look at that.

    LogStreamService ends its streams by the same rule. A run whose launch was refused is complete without a log.
    """
    status = select(RunRow.status).where(RunRow.run_id == run_id)
    return connection.execute(status).scalar_one_or_none() in FINAL_STATUSES
