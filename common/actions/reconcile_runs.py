"""Restart the work of live runs that nobody has heard of for a while: lost launches, syncs and cancels.

Only work items are added here; each of them looks at the run again and heals what it finds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.domain.run import Run
from common.domain.run_status import RunStatus
from common.domain.work_item import Link
from common.services.run_store_service import RunStoreService
from common.services.work_queue import WorkQueue
from common.telemetry import telemetry

log = telemetry("reconcile")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileRuns:
    """Returns how many runs it restarted. Raises UnavailableError."""

    runs: RunStoreService
    queue: WorkQueue
    silence: timedelta  # how long a live run may go unheard of
    clock: Callable[[], datetime]

    def __call__(self) -> int:
        now = self.clock()
        silent = self.runs.live_runs(unsynced_since=now - self.silence)
        for run in silent:
            kind = work_needed(run)
            link = Link(run_id=run.run_id, chain=f"reconcile-{int(now.timestamp())}")
            self.queue.add(kind, link.as_json(), key=link.key)
            log.warning("silent run restarted", extra={"action": f"restart_{kind}", "run_id": run.run_id})
        return len(silent)


def work_needed(run: Run) -> str:
    """The kind of work item that gets a silent live run going again."""
    if run.cancel_requested_at:
        return "cancel"
    return "launch" if run.status == RunStatus.PENDING else "sync"
