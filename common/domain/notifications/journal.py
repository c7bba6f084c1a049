"""What a run's journal says that people may want to know."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from common.domain.notifications.notification import NotificationEvent
from common.domain.runs.live_events import EventKind
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskStatus

_ENDS: Final = {
    RunStatus.COMPLETED: NotificationEvent.COMPLETED,
    RunStatus.FAILED: NotificationEvent.FAILED,
    RunStatus.CANCELLED: NotificationEvent.CANCELLED,
}


def event_in(kind: EventKind, data: Mapping[str, Any]) -> NotificationEvent | None:
    """The event that an entry of a journal reports, or has reported before; None if it reports none."""
    if kind == EventKind.DONE:
        return _ENDS.get(data.get("status", ""))
    if kind == EventKind.PROGRESS and (data.get("tasks") or {}).get(TaskStatus.FAILED):
        return NotificationEvent.TASK_FAILED
    return None


def events_in(entries: Iterable[tuple[EventKind, Mapping[str, Any]]]) -> list[tuple[int, NotificationEvent]]:
    """The events that new entries report, each with the place of its entry, counted from 1."""
    found = ((place, event_in(kind, data)) for place, (kind, data) in enumerate(entries, 1))
    return [(place, event) for place, event in found if event]
