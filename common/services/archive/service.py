"""LogArchiveService: the archive of a run's logs, which is found while it is up to date and built in steps."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Engine

from common.domain.archive.build import Built
from common.domain.archive.manifest import MAX_TASKS, is_fresh
from common.domain.runs.run import Run
from common.errors import NotFoundError
from common.models.tasks import TaskRow
from common.services.archive.archiver import LogArchiver
from common.services.archive.planner import Contents
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.postgres.engine import read
from common.services.task_output.outputs import TaskOutputs


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchive:
    """The fingerprint that a run's archive should have; `link` is None when the archive has to be built first."""

    fingerprint: str
    link: str | None


class LogArchiveService:
    """Compares the archive of a run with its logs and failed tasks, and has it built when they differ."""

    def __init__(self, engine: Engine, outputs: TaskOutputs, archiver: LogArchiver) -> None:
        self._engine, self._outputs, self._archiver = engine, outputs, archiver

    def link_to(self, run: Run, *, at: datetime) -> LogArchive:
        """The fingerprint that the archive of a run should have, with a link if the archive is up to date.

        Raises NotFoundError when there are no logs, and UnavailableError.
        """
        contents = self._contents(run)
        is_up_to_date = self._is_archived(run, contents, at=at)
        link = self._archiver.archives.link(run.run_id) if is_up_to_date else None
        return LogArchive(fingerprint=contents.fingerprint, link=link)

    def create(self, run: Run, *, at: datetime, heartbeat: Callable[[], None]) -> Built:
        """Do one step of building the archive of a run, unless the archive is up to date.

        `heartbeat` is called regularly and may raise. Raises NotFoundError when there are no logs, ConflictError when
        another process replaced the archive meanwhile, TooManyRequestsError and UnavailableError.
        """
        contents = self._contents(run)
        archive = contents.folder.archive
        if archive and self._is_archived(run, contents, at=at):
            return Built(is_final=archive.fingerprint == contents.fingerprint)
        return self._archiver.take_step(contents, run, at=at, heartbeat=heartbeat)

    def _contents(self, run: Run) -> Contents:
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
