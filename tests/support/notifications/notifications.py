"""Notifications for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from common.domain.notifications.notification import Notification, NotificationEvent
from common.domain.runs.status import RunStatus

HOSTILE = '<b>x</b> & <!channel>\r\nBcc: eve@example.org\x00\u202e"' + "y" * 10_000


def notification(**changes: Any) -> Notification:  # noqa: ANN401 any field
    """A failed run with everything known, and `changes`."""
    fields: dict[str, Any] = {
        "id": "run-0000000a-run-failed",
        "event": NotificationEvent.FAILED,
        "run_id": "run-0000000a",
        "run_name": "Donor 1",
        "pipeline": "nf-core/scrnaseq",
        "pipeline_version": "2.7.1",
        "status": RunStatus.FAILED,
        "at": datetime(2026, 12, 1, 13, 2, 3, tzinfo=UTC),
        "cause": "out of memory",
        "evidence": "Process `STAR` terminated with an error exit status (137)",
        "duration": timedelta(hours=2, minutes=3),
        "cost": 1_234_567_890,
        "url": "https://sluice.example.org/runs/run-0000000a",
    }
    return Notification(**fields | changes)
