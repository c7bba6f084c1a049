"""The answer of /api/status."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from common.domain.health.parts import PartState, SystemPart


class PartStatus(BaseModel):
    """How a part of Sluice is.

    `since` is null if it is well or if that is not known; `meaning` is for people and empty while nothing is wrong;
    `detail` is for administrators, null for others.
    """

    model_config = ConfigDict(from_attributes=True)  # a PartHealth

    part: SystemPart
    state: PartState = Field(description="`unknown` while nothing was heard of the part; that is no fault")
    since: datetime | None
    meaning: str
    detail: str | None = None


class ServiceStatus(BaseModel):
    """How Sluice is: the worst state of its parts, `well` if nothing is known to be wrong."""

    state: PartState
    parts: list[PartStatus]
