"""Requests and answers about the signed-in user."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from common.schemas.texts import DisplayName, Label, PipelineName

MAX_BODY_BYTES: Final = 64 * 1024


class PreferenceChanges(BaseModel):
    """Preferences to change: null removes a preference; absent preferences do not change."""

    model_config = ConfigDict(extra="forbid")

    default_pipeline: PipelineName | None = Field(None, examples=["nf-core/scrnaseq"])
    default_genome: Label | None = Field(None, examples=["GRCh38"])
    default_protocol: Label | None = Field(None, examples=["10XV3"])
    notifications_enabled: bool | None = None


class UserUpdateRequest(BaseModel):
    """Changes to the profile; null resets the display name to the part of the address before the @."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None = Field(None, examples=["Ana Pérez"])
    preferences: PreferenceChanges = Field(default_factory=PreferenceChanges)


class UserPreferences(BaseModel):
    """The current preferences; null if not set."""

    model_config = ConfigDict(from_attributes=True)

    default_pipeline: str | None = None
    default_genome: str | None = None
    default_protocol: str | None = None
    notifications_enabled: bool | None = None


class UserStats(BaseModel):
    """Numbers of a user's runs; failed and cancelled runs count in `total_runs` only."""

    total_runs: int = 0
    successful_runs: int = 0
    total_samples_processed: int = 0


class UserResponse(BaseModel):
    """The signed-in user; times are UTC. Administrators see and change the runs of all users."""

    model_config = ConfigDict(from_attributes=True)  # a User

    email: str
    display_name: str
    is_admin: bool = False
    created_at: datetime
    last_login_at: datetime | None
    preferences: UserPreferences
    stats: UserStats
