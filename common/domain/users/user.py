"""A person who uses Sluice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

# last_login_at is not written more often than this: it says when somebody was here, not when they clicked.
LOGIN_INTERVAL: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person; `stats` counts total_runs, successful_runs and total_samples_processed, and lacks what is still 0."""

    email: str
    display_name: str
    created_at: datetime
    last_login_at: datetime | None  # None for somebody whose runs are known, and who was not seen since
    preferences: Mapping[str, Any]
    stats: Mapping[str, int]


def starting_name(email: str) -> str:
    """The display name of somebody who chose none: IAP carries addresses only, so the part before the @."""
    return email.partition("@")[0]
