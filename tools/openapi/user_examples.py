"""Examples of answers about the signed-in user, and about how Sluice is."""

from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel

from common.domain.health.parts import PartHealth, PartState, SystemPart
from common.domain.notifications.notification import NotificationEvent
from common.domain.text.secrets import HIDDEN
from common.schemas.health import PartStatus, ServiceStatus
from common.schemas.notifications import NotificationInfo, NotificationListResponse
from common.schemas.users import UserPreferences, UserResponse, UserStats

_START: Final = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)


def user_answers() -> list[BaseModel]:
    return [_user(), NotificationListResponse(notifications=[_notification()]), _status()]


def _user() -> UserResponse:
    return UserResponse(
        email="ana@lab.example",
        display_name="Ana Pérez",
        mail_available=True,
        created_at=_START,
        last_login_at=_START,
        preferences=UserPreferences(
            default_genome="GRCh38",
            notifications_enabled=True,
            notify_webhook_url="https://example.org/hook",
            notify_webhook_secret=HIDDEN,
        ),
        stats=UserStats(total_runs=12, successful_runs=11, total_samples_processed=48),
    )


def _notification() -> NotificationInfo:
    return NotificationInfo(
        id="run-1a2b3c4d-run-failed",
        target="webhook",
        event=NotificationEvent.FAILED,
        run_id="run-1a2b3c4d",
        at=_START,
        attempts=1,
        next_try_at=None,
        delivered_at=_START,
        refused_reason=None,
    )


def _status() -> ServiceStatus:
    parts = [
        PartHealth(part=SystemPart.DATABASE, state=PartState.WELL),
        PartHealth(part=SystemPart.BATCH, state=PartState.AWAY, since=_START),
    ]
    shown = [PartStatus.model_validate(part).model_copy(update={"detail": None}) for part in parts]
    return ServiceStatus(state=PartState.AWAY, parts=shown)
