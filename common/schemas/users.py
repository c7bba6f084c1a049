"""Requests and answers about the signed-in user."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from common.schemas.notifications import DisabledTarget, Hidden, RunEvent, TargetUrl
from common.schemas.texts import DisplayName, Label, PipelineName, ShownText

MAX_BODY_BYTES: Final = 64 * 1024


class PreferenceChanges(BaseModel):
    """Preferences to change: null removes a preference; absent preferences do not change.

    `notifications_enabled` is for all your runs that do not say otherwise. `notify_events` are those to be told, by
    default all but `run.task_failed`. `notify_mail` (true by default) is for your own address. Each time that
    `notify_webhook_url` is set, the webhook gets a new secret, which only that answer shows. A target that was disabled
    is on again when it is set anew. `run.cost_exceeded` needs `notify_cost_limit_usd`.
    """

    model_config = ConfigDict(extra="forbid")

    default_pipeline: PipelineName | None = Field(None, examples=["nf-core/scrnaseq"])
    default_genome: Label | None = Field(None, examples=["GRCh38"])
    default_protocol: Label | None = Field(None, examples=["10XV3"])
    notifications_enabled: bool | None = None
    notify_events: list[RunEvent] | None = Field(None, max_length=20, examples=[["run.failed", "run.stuck"]])
    notify_mail: bool | None = None
    notify_slack_url: TargetUrl | None = Field(None, examples=["https://hooks.slack.com/services/T0/B0/x"])
    notify_webhook_url: TargetUrl | None = Field(None, examples=["https://example.org/hook"])
    notify_cost_limit_usd: Annotated[float, Field(ge=0.01, le=1_000_000)] | None = Field(None, examples=[50])


class UserUpdateRequest(BaseModel):
    """Changes to the profile; null resets the display name to the part of the address before the @."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None = Field(None, examples=["Ana Pérez"])
    preferences: PreferenceChanges = Field(default_factory=PreferenceChanges)


class UserPreferences(BaseModel):
    """The current preferences; null if not set.

    The address of Slack and the secret of the webhook are shown as `•••`. A target is disabled when it refuses a
    notification, or takes none in ten tries within a day.
    """

    model_config = ConfigDict(from_attributes=True)

    default_pipeline: str | None = None
    default_genome: str | None = None
    default_protocol: str | None = None
    notifications_enabled: bool | None = None
    notify_events: list[RunEvent] | None = None
    notify_mail: bool | None = None
    notify_slack_url: Hidden | None = None
    notify_webhook_url: ShownText | None = None
    notify_webhook_secret: Hidden | None = None
    notify_cost_limit_usd: float | None = None
    notify_mail_disabled: DisabledTarget | None = None
    notify_slack_disabled: DisabledTarget | None = None
    notify_webhook_disabled: DisabledTarget | None = None


class UserStats(BaseModel):
    """Numbers of a user's runs; failed and cancelled runs count in `total_runs` only."""

    total_runs: int = 0
    successful_runs: int = 0
    total_samples_processed: int = 0


class UserResponse(BaseModel):
    """The signed-in user; times are UTC. Administrators see and change the runs of all users.

    While `mail_available` is false, no notification goes by mail, because no operator has set a mail server.
    """

    model_config = ConfigDict(from_attributes=True)  # a User

    email: str
    display_name: str
    is_admin: bool = False
    mail_available: bool = False
    created_at: datetime
    last_login_at: datetime | None
    preferences: UserPreferences
    stats: UserStats
