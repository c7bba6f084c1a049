"""What delivers notifications, with all that only this kind of work needs."""

from sqlalchemy import Engine

from common.actions.notify import NotifyOwner
from common.composition.process import now
from common.services.notifications.delivery import make_delivery
from common.services.notifications.settings import SenderSettings
from common.services.notifications.store import NotificationStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService


def make_notify(engine: Engine, senders: SenderSettings, queue: WorkQueue) -> NotifyOwner:
    return NotifyOwner(
        runs=RunStoreService(engine),
        notifications=NotificationStore(engine),
        deliver=make_delivery(senders).deliver,
        queue=queue,
        site=senders.site,
        clock=now,
    )
