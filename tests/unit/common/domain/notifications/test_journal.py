from typing import Any

from common.domain.notifications.journal import events_in
from common.domain.notifications.notification import NotificationEvent
from common.domain.runs.live_events import EventKind, status_entries
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from tests.support.rows import each_row
from tests.support.runs import NOON, make_run


@each_row("status", of=sorted(RunStatus))
def test_only_the_end_of_a_run_is_told(status: RunStatus) -> None:
    entries = status_entries(make_run(status=status), at=NOON)

    expected = [(len(entries), NotificationEvent(f"run.{status}"))] if status in FINAL_STATUSES else []
    assert events_in(entries) == expected


@each_row(
    "tasks",
    "is_told",
    of=[(None, False), ({}, False), ({"COMPLETED": 3}, False), ({"COMPLETED": 3, "FAILED": 1}, True)],
)
def test_counts_with_a_failed_task_tell_of_it(tasks: dict[str, int] | None, is_told: bool) -> None:
    entries: list[tuple[EventKind, dict[str, Any]]] = [(EventKind.ACTION, {}), (EventKind.PROGRESS, {"tasks": tasks})]

    assert events_in(entries) == ([(2, NotificationEvent.TASK_FAILED)] if is_told else [])


def test_a_run_that_will_fail_is_not_told_as_failed() -> None:
    run = make_run(status=RunStatus.RUNNING, diagnosis={"cause": "unknown"})

    assert events_in(status_entries(run, at=NOON)) == []
