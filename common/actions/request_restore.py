"""Have the log of an old run read again, after its entries were dropped.

Apart from `restore`, because the functions that ask for it do not need the readers of logs.
"""

from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.work_items import WorkKind
from common.services.queue.work_queue import WorkQueue

_QUEUE_AGAIN_AFTER: Final = timedelta(minutes=10)


def request_restore(queue: WorkQueue, run_id: str, *, at: datetime) -> None:
    """Queue the work, once in ten minutes however many ask: an item that was lost is queued again.

    Raises UnavailableError.
    """
    period = int(at.timestamp() / _QUEUE_AGAIN_AFTER.total_seconds())
    queue.add(WorkKind.RESTORE, {"run_id": run_id}, key=f"{run_id}-{period}")
