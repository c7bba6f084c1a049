"""Queue the delivery of notifications that are stored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.work_items import WorkKind
from common.services.notifications.store import DueNotification, NotificationStore
from common.services.queue.work_queue import WorkQueue

_PATIENCE: Final = timedelta(minutes=10)
_CLOCKS_DIFFER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNotifications:
    """Queues what is due; whatever was queued before is not queued again, unless it seems to be lost."""

    notifications: NotificationStore
    queue: WorkQueue
    clock: Callable[[], datetime]

    def run(self, run_id: str) -> None:
        """Queue what is due of one run. Raises UnavailableError."""
        self._queue(run_id)

    def find(self) -> None:
        """Look for what nobody else notices, and queue what is due of all runs. Raises UnavailableError."""
        self.notifications.add_found(at=self.clock())
        self._queue(None)

    def _queue(self, run_id: str | None) -> None:
        now = self.clock()
        for due in self.notifications.due(at=now, run_id=run_id):
            queue_notification(self.queue, due, at=now)


def queue_notification(queue: WorkQueue, due: DueNotification, *, at: datetime) -> None:
    """Queue the next try of a notification; another one for every ten minutes that it is overdue."""
    late = max(timedelta(0), at - due.next_try_at)
    delay = max(timedelta(0), due.next_try_at - at)
    item = {"notification": due.id, "target": due.target}
    key = f"{due.id}-{due.target}-{due.attempts}-{late // _PATIENCE}"
    queue.add(WorkKind.NOTIFY, item, key=key, delay=delay + _CLOCKS_DIFFER if delay else delay)
