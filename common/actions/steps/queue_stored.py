"""Queues the work on something that is already stored, where a failure of the queue is not the caller's problem."""

from common.domain.runs.work_items import ChainStep, WorkKind
from common.services.queue.work_queue import WorkQueue
from common.telemetry import telemetry

log = telemetry("queue")


def queue_stored_work(queue: WorkQueue, kind: WorkKind, step: ChainStep) -> None:
    """Queue the first step of a chain for a run that the database already holds.

    If the queue does not take it, reconcile finds the run and queues the work: an error would make people repeat a
    request that has succeeded, and pay twice.
    """
    try:
        queue.add(kind, step.as_json(), key=step.key)
    except Exception:  # whatever it was: the run is stored
        log.warning(
            "work not queued; reconcile will queue it",
            extra={"action": "work_not_queued", "run_id": step.run_id, "kind": kind.value},
            exc_info=True,
        )
