"""Send a test to all targets of a user."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.actions.steps.queue_notifications import queue_notification
from common.errors import ConflictError
from common.services.notifications.store import DueNotification, NotificationStore
from common.services.postgres.quotas import Quota, QuotaStore
from common.services.queue.work_queue import WorkQueue

_PER_MINUTE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TryTargets:
    """`new_id` returns an id that no notification has."""

    notifications: NotificationStore
    quotas: QuotaStore
    queue: WorkQueue
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    def run(self, email: str) -> None:
        """Store and queue the tests; their outcomes are in the list of the user's notifications.

        Raises ConflictError if no target is on, TooManyRequestsError and UnavailableError.
        """
        now = self.clock()
        tests = Quota(name="test notifications", key=f"test of {email}", burst=_PER_MINUTE, per_minute=_PER_MINUTE)
        self.quotas.take(tests, at=now)
        new_id = self.new_id()
        targets = self.notifications.add_test(email, new_id, at=now)
        if not targets:
            raise ConflictError("no target of yours is on; set one in your preferences")
        for target in targets:
            due = DueNotification(id=new_id, target=target, attempts=0, next_try_at=now)
            queue_notification(self.queue, due, at=now)
