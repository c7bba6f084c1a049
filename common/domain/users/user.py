"""A person who uses Sluice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

SERVICE_ACCOUNT_ENDING: Final = ".gserviceaccount.com"  # Google gives these names to service accounts only

# last_login_at is written at most this often: it records visits, not requests
LOGIN_INTERVAL: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person; `stats` counts total_runs, successful_runs and total_samples_processed, and omits zeros."""

    email: str
    display_name: str
    created_at: datetime
    last_login_at: datetime | None  # None for a user known only from earlier runs
    preferences: Mapping[str, Any] = field(repr=False)  # with secrets
    stats: Mapping[str, int]


def default_display_name(email: str) -> str:
    """The default display name: the part of the address before the @, since IAP does not tell the name."""
    return email.partition("@")[0]
