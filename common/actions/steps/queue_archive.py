"""Queue the archive of a run that is over."""

from common.domain.runs.work_items import WorkKind
from common.services.queue.work_queue import WorkQueue


def queue_final_archive(queue: WorkQueue, run_id: str) -> None:
    """Queue the archive of a run that is over, once however often it is called. Raises UnavailableError.

    The archive keeps the output of failed tasks when their work directories expire.
    """
    queue.add(WorkKind.ARCHIVE, {"run_id": run_id}, key=f"{run_id}-end")
