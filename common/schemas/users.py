"""Requests and answers about the signed-in user (DESIGN 8)."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from common.schemas.texts import DisplayName, Label, PipelineName

MAX_BODY_BYTES: Final = 64 * 1024


class PreferenceChanges(BaseModel):
    """Preferences to set; null removes one, and what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    default_pipeline: PipelineName | None = Field(None, examples=["nf-core/scrnaseq"])
    default_genome: Label | None = Field(None, examples=["GRCh38"])
    default_protocol: Label | None = Field(None, examples=["10XV3"])
    notifications_enabled: bool | None = None


class UserUpdateRequest(BaseModel):
    """What to change about oneself; a display name of null is the part of the address before the @ again."""

    model_config = ConfigDict(extra="forbid")

    display_name: DisplayName | None = Field(None, examples=["Ana Pérez"])
    preferences: PreferenceChanges = Field(default_factory=PreferenceChanges)


class UserPreferences(BaseModel):
    """Preferences as they are; null for one that was never set."""

    model_config = ConfigDict(from_attributes=True)

    default_pipeline: str | None = None
    default_genome: str | None = None
    default_protocol: str | None = None
    notifications_enabled: bool | None = None


class UserStats(BaseModel):
    """What somebody has run; failed and cancelled runs are in `total_runs` only."""

    total_runs: int = 0
    successful_runs: int = 0
    total_samples_processed: int = 0


class UserResponse(BaseModel):
    """The signed-in user; times are UTC."""

    model_config = ConfigDict(from_attributes=True)  # a User

    email: str
    display_name: str
    created_at: datetime
    last_login_at: datetime | None
    preferences: UserPreferences
    stats: UserStats
