"""TaskOutputs: what tasks print, fetched once for however many ask.

The work directory is looked at first, and costs nothing worth sparing. Cloud Logging answers 60 questions a minute
for the whole project, so what it said is kept: for good once the task has ended, for a while when it runs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from common.domain.batch.child_jobs import batch_task_of
from common.domain.runs.run import Run
from common.domain.tasks.output import (
    OUTPUT_FILES,
    TaskOutput,
    is_final,
    output_in_cloud_logging,
    output_in_work_dir,
    printed_since,
)
from common.domain.tasks.task import Task
from common.errors import SluiceError, UnavailableError
from common.services.postgres.leases import LeaseStore
from common.services.task_output.cloud_logging import CloudLogging
from common.services.task_output.store import KeptOutput, TaskLogStore
from common.services.task_output.work_files import WorkFiles

AT_MOST: Final = 1 << 20  # of each text: bytes of a file, characters of log entries

_GOOD_FOR: Final = timedelta(seconds=10)
_LEASE: Final = timedelta(seconds=60)
_LOOK_EVERY_S: Final = 0.2
_LOOKS: Final = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOutput:
    """What a task had printed by `as_of`; stale when it is older than usual, because nothing newer can be had now."""

    output: TaskOutput
    as_of: datetime
    is_stale: bool = False
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutputs:
    """Called with a run and one of its tasks.

    Raises TooManyRequestsError, UnavailableError and whatever else CloudLogging does.
    """

    store: TaskLogStore
    leases: LeaseStore
    work_files: WorkFiles
    cloud_logging: CloudLogging
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, run: Run, task: Task) -> FoundOutput:
        """The output of the task, fetched by one asker at a time; the others get what is kept, or wait for it."""
        for _ in range(_LOOKS):
            kept = self.store.find(run.run_id, task.hash)
            if kept and self._is_good(kept):
                return _found(kept)
            lease = self.leases.take(f"output {run.run_id} {task.hash}", at=self.clock(), lasts=_LEASE)
            if lease:
                try:
                    return self._fetched(run, task)
                finally:
                    self.leases.release(lease)
            if kept:
                return replace(_found(kept), is_stale=True)
            self.sleep(_LOOK_EVERY_S)
        raise UnavailableError(f"the output of task {task.hash} is still being fetched; ask again", retry_after_s=2)

    def _fetched(self, run: Run, task: Task) -> FoundOutput:
        kept = self.store.find(run.run_id, task.hash)  # somebody may have fetched it until a moment ago
        if kept and self._is_good(kept):
            return _found(kept)
        try:
            output = self._look_for(run, task)
        except SluiceError:
            if kept is None:
                raise
            return replace(_found(kept), is_stale=True)
        now = self.clock()
        if output.source is None and kept and kept.output.source:  # deleted since; what was read stays readable
            output = kept.output
        kept = KeptOutput(output=output, is_final=is_final(output, task, run, at=now), fetched_at=now)
        self.store.keep(run.run_id, task.hash, kept)
        return _found(kept)

    def _look_for(self, run: Run, task: Task) -> TaskOutput:
        tails = {name: self.work_files.tail(run, task, name, at_most=AT_MOST) for name in OUTPUT_FILES}
        output = output_in_work_dir({name: tail for name, tail in tails.items() if tail})
        batch_task = batch_task_of(task.native_id)
        if output is None and batch_task:
            since = printed_since(task, run)
            output = output_in_cloud_logging(self.cloud_logging.task_tail(batch_task, since=since, at_most=AT_MOST))
        return output or TaskOutput()

    def _is_good(self, kept: KeptOutput) -> bool:
        return kept.is_final or self.clock() - kept.fetched_at < _GOOD_FOR


def _found(kept: KeptOutput) -> FoundOutput:
    return FoundOutput(output=kept.output, as_of=kept.fetched_at, is_final=kept.is_final)
