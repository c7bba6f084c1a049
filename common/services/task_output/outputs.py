"""TaskOutputs: the output of tasks, fetched once for any number of concurrent requests.

The work directory is read first. Cloud Logging, which allows 60 reads a minute for the whole project, is read only
when the work directory has no output. The result is stored: for good once it is final, for 10 s while the task runs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from common.domain.batch.task import batch_task_of
from common.domain.runs.run import Run
from common.domain.tasks.output import (
    COMMAND_FILE,
    OUTPUT_FILES,
    TaskOutput,
    is_final,
    output_in_cloud_logging,
    output_in_work_dir,
    printed_since,
    with_command,
    without_secrets,
)
from common.domain.tasks.task import Task
from common.errors import SluiceError, UnavailableError
from common.services.batch.child_jobs import ChildJobStore
from common.services.postgres.leases import LeaseStore
from common.services.task_output.cloud_logging import CloudLogging
from common.services.task_output.store import StoredOutput, TaskOutputStore
from common.services.task_output.work_files import WorkFiles

LONGEST_TEXT: Final = 1 << 20  # of each text: bytes of a file, characters of log entries
LONGEST_COMMAND: Final = 64 << 10  # bytes

_FRESH_FOR: Final = timedelta(seconds=10)
_LEASE: Final = timedelta(seconds=60)
_POLL_INTERVAL_S: Final = 0.2
_POLLS: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedOutput:
    """The output of a task at `as_of`; stale when it is older than 10 s because it could not be fetched again."""

    output: TaskOutput
    as_of: datetime
    is_stale: bool = False
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutputs:
    """Fetches and stores the output of tasks."""

    store: TaskOutputStore
    leases: LeaseStore
    work_files: WorkFiles
    cloud_logging: CloudLogging
    child_jobs: ChildJobStore
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def fetch(self, run: Run, task: Task) -> FetchedOutput:
        """The output of a task. One request fetches it; concurrent ones get the stored output, or wait up to 5 s.

        Raises UnavailableError, and TooManyRequestsError when the quota of Cloud Logging is used up.
        """
        for _ in range(_POLLS):
            stored = self.store.find(run.run_id, task.hash)
            if stored and self._is_fresh(stored):
                return _fetched(stored)
            lease = self.leases.take(f"output {run.run_id} {task.hash}", at=self.clock(), lasts=_LEASE)
            if lease:
                try:
                    return self._fetch_and_store(run, task)
                finally:
                    self.leases.release(lease)
            if stored:
                return replace(_fetched(stored), is_stale=True)
            self.sleep(_POLL_INTERVAL_S)
        raise UnavailableError(
            f"the output of task {task.hash} is still being fetched; try again in 2 s", retry_after_s=2
        )

    def _fetch_and_store(self, run: Run, task: Task) -> FetchedOutput:
        stored = self.store.find(run.run_id, task.hash)  # the last lease holder may have just stored it
        if stored and self._is_fresh(stored):
            return _fetched(stored)
        try:
            output = self._read(run, task)
        except SluiceError:
            if stored is None:
                raise
            return replace(_fetched(stored), is_stale=True)
        now = self.clock()
        if output.source is None and stored and stored.output.source:  # deleted since: keep what was stored
            output = stored.output
        stored = StoredOutput(output=output, is_final=is_final(output, task, run, at=now), fetched_at=now)
        self.store.save(run.run_id, task.hash, stored)
        return _fetched(stored)

    def _read(self, run: Run, task: Task) -> TaskOutput:
        tails = {name: self.work_files.tail(run, task, name, at_most=LONGEST_TEXT) for name in OUTPUT_FILES}
        output = output_in_work_dir({name: tail for name, tail in tails.items() if tail})
        batch_task = batch_task_of(task.native_id)
        if output is None and batch_task and self.child_jobs.is_job_of(run.run_id, batch_task.job_uid):
            since = printed_since(task, run)
            output = output_in_cloud_logging(
                self.cloud_logging.task_tail(batch_task, since=since, at_most=LONGEST_TEXT)
            )
        command = self.work_files.tail(run, task, COMMAND_FILE, at_most=LONGEST_COMMAND)
        return without_secrets(with_command(output or TaskOutput(), command))

    def _is_fresh(self, stored: StoredOutput) -> bool:
        return stored.is_final or self.clock() - stored.fetched_at < _FRESH_FOR


def _fetched(stored: StoredOutput) -> FetchedOutput:
    return FetchedOutput(output=stored.output, as_of=stored.fetched_at, is_final=stored.is_final)
