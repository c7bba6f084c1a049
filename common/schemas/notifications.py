"""Answers about notifications, and the kinds of values that preferences for them have."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common.domain.notifications.notification import NotificationEvent
from common.domain.notifications.targets import MAX_URL_CHARS
from common.domain.text.secrets import HIDDEN
from common.schemas.texts import ShownText, Text

RunEvent = Literal[
    "run.completed",
    "run.failed",
    "run.cancelled",
    "run.task_failed",
    "run.stuck",
    "run.expiring",
    "run.cost_exceeded",
]
TargetUrl = Annotated[Text, Field(min_length=1, max_length=MAX_URL_CHARS)]
Hidden = Annotated[str, AfterValidator(lambda _: HIDDEN)]


class DisabledTarget(BaseModel):
    """Why a target gets no more notifications, and since when."""

    reason: ShownText
    since: datetime


class NotificationInfo(BaseModel):
    """A notification to one of your targets: delivered, to be tried again, or given up for a reason.

    Receivers know a repeated notification by its `id`. `run_id` is null for a test.
    """

    model_config = ConfigDict(from_attributes=True)  # a StoredNotification

    id: str
    target: Literal["mail", "slack", "webhook"]
    event: NotificationEvent
    run_id: str | None
    at: datetime
    attempts: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    refused_reason: ShownText | None


class NotificationListResponse(BaseModel):
    """Your newest 50 notifications, newest first."""

    notifications: list[NotificationInfo]
