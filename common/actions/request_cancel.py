"""Request the cancel of a run: one that was not launched is cancelled at once, any other by the worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from common.actions.steps.queue_stored import queue_stored_work
from common.domain.runs.access import Caller, require_owner
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep, WorkKind
from common.errors import ConflictError
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCancel:
    """Records the request and queues the work."""

    runs: RunStoreService
    queue: WorkQueue
    clock: Callable[[], datetime]

    def run(self, run_id: str, caller: Caller) -> Run:
        """The run, cancelled or live with `cancel_requested_at` set.

        Raises NotFoundError, AuthorizationError, UnavailableError, and ConflictError for a completed or failed run.
        """
        run = self.runs.get_run(run_id)
        require_owner(caller, owner=run.user_email, thing=f"run {run_id}")
        if not run.is_over:
            run = self.runs.cancel_unlaunched(run_id, at=self.clock(), by=caller.email)
        if not run.is_over:
            run = self.runs.request_cancel(run_id, at=self.clock(), by=caller.email)
        if run.status in {RunStatus.COMPLETED, RunStatus.FAILED}:
            raise ConflictError(f"run {run_id} has already {run.status}; there is nothing to cancel")
        audit("cancel requested", action="cancel_requested", run_id=run_id, by=caller.email)
        if not run.is_over:
            queue_stored_work(self.queue, WorkKind.CANCEL, ChainStep(run_id=run_id, chain="asked"))
        return run
