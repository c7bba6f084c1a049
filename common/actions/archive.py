"""Archive the logs of a run in one zip, which people can download and which outlives the work directory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.actions.steps.index_output import IndexOutput
from common.domain.runs.run import Run
from common.domain.runs.work_items import WorkKind
from common.errors import NotFoundError, UnavailableError
from common.services.logs.service import LogService
from common.services.postgres.leases import LeaseHeartbeat, LeaseStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("archive")

LEASE: Final = timedelta(seconds=60)  # after this, another worker may replace one that died


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLogs:
    """Writes the archive of one run; one worker at a time does it, and an up-to-date archive is kept.

    An archive that is too large for one work item is continued by the next one, which this one queues.
    """

    runs: RunStoreService
    logs: LogService
    index_output: IndexOutput
    leases: LeaseStore
    queue: WorkQueue
    clock: Callable[[], datetime]

    def run(self, run_id: str) -> None:
        """Archive the logs of a run, or a part of them.

        Raises NotFoundError when there are no logs and ConflictError when another worker wrote the archive meanwhile.
        Raises TooManyRequestsError or UnavailableError when a retry can help, also while another worker archives.
        """
        run = self.runs.get_run(run_id)
        started = self.clock()
        if run.is_over and run.archived_at is None:
            self.index_output.run(run)
        lease = self.leases.take(f"archive {run_id}", at=started, lasts=LEASE)
        if lease is None:
            raise UnavailableError(f"another worker is archiving the logs of run {run_id}")
        heartbeat = LeaseHeartbeat(self.leases, lease, lasts=LEASE, clock=self.clock)
        try:
            built = self.logs.create_log_archive(run, at=started, heartbeat=heartbeat.beat)
        except NotFoundError:
            self._note_archived(run, at=started)  # a run that is over gets no more logs
            raise
        finally:
            self.leases.release(lease)
        if built.next_step:
            # A new item: a repeated one would use up the attempts that the queue allows, and wait longer each time.
            self.queue.add(WorkKind.ARCHIVE, {"run_id": run_id}, key=f"{run_id}-{built.next_step}")
            log.info("archive continues", extra={"action": "archive_continues", "run_id": run_id})
            return
        if built.is_final:
            self._note_archived(run, at=started)
        log.info("logs archived", extra={"action": "logs_archived", "run_id": run_id, "is_final": built.is_final})

    def _note_archived(self, run: Run, *, at: datetime) -> None:
        """Reconcile queues archives until this is noted, so a run that ended meanwhile is archived again."""
        if run.is_over:
            self.runs.note_archived(run.run_id, at=at)
