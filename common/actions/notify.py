"""Deliver a notification: claim it, send it, record the outcome. No transaction is open while it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.actions.steps.queue_notifications import queue_notification
from common.domain.notifications.content import notification_of
from common.domain.notifications.notification import (
    Delivered,
    Notification,
    NotificationEvent,
    Outcome,
    Refused,
    TryAgain,
)
from common.domain.notifications.schedule import LEASE, TRIES, next_try
from common.domain.notifications.targets import Target
from common.services.notifications.store import ClaimedNotification, DueNotification, NotificationStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("notify")

SWITCHED_OFF: Final = "it was switched off before it could be sent"
NO_OUTCOME: Final = "Sluice failed while it sent this; an operator has to look at it"

Deliver = Callable[[Target, Notification, datetime], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyOwner:
    """Delivers notifications, each to one target; `site` is the origin of the console."""

    runs: RunStoreService
    notifications: NotificationStore
    deliver: Deliver
    queue: WorkQueue
    site: str
    clock: Callable[[], datetime]

    def run(self, notification_id: str, target: str) -> None:
        """Deliver a notification if it is due and nobody else does; raises UnavailableError.

        A worker that dies in here leaves its claim, which ends after LEASE; then reconcile queues another try.
        """
        now = self.clock()
        claimed = self.notifications.claim(notification_id, target, at=now, until=now + LEASE)
        if claimed is None:
            return
        if claimed.target is None:
            self.notifications.give_up(claimed, SWITCHED_OFF, at=now, disable=False)
            return
        if claimed.attempts > TRIES:  # each of its workers has died
            self._give_up(claimed, NO_OUTCOME, at=now, disable=False)
            return
        run = self.runs.get_run(claimed.run_id) if claimed.run_id else None
        notification = notification_of(
            run,
            claimed.event,
            notification_id=claimed.id,
            at=claimed.at,
            site=self.site,
            cause=claimed.cause,
            cost=claimed.cost,
        )
        self._record(claimed, self.deliver(claimed.target, notification, now))

    def _record(self, claimed: ClaimedNotification, outcome: Outcome) -> None:
        now = self.clock()
        facts = {"notification": claimed.id, "target": claimed.key, "attempts": claimed.attempts}
        match outcome:
            case Delivered():
                self.notifications.note_delivered(claimed, at=now)
                log.info("notification delivered", extra={"action": "notification_delivered", **facts})
            case Refused(reason):
                self._give_up(claimed, reason, at=now, disable=outcome.blames_target)
            case TryAgain(reason, after):
                following = next_try(claimed.attempts, at=now, wish=after)
                if following is None or claimed.event == NotificationEvent.TEST:  # its owner waits for the answer
                    self._give_up(claimed, reason, at=now, disable=outcome.blames_target)
                    return
                self.notifications.note_later(claimed, next_try_at=following)
                log.info("notification not delivered", extra={"action": "notification_delayed", "why": reason, **facts})
                due = DueNotification(
                    id=claimed.id, target=claimed.key, attempts=claimed.attempts, next_try_at=following
                )
                queue_notification(self.queue, due, at=now)

    def _give_up(self, claimed: ClaimedNotification, reason: str, *, at: datetime, disable: bool) -> None:
        """Record that it is not delivered; with `disable`, unless it was a test, its target is disabled."""
        may_disable = disable and claimed.event != NotificationEvent.TEST
        disabled = self.notifications.give_up(claimed, reason, at=at, disable=may_disable)
        why = {"action": "notification_refused", "notification": claimed.id, "target": claimed.key, "why": reason}
        log.warning("notification given up", extra=why | {"disabled": disabled})
