"""Which months of log entries are dropped: those of old runs, unless somebody has read them again lately."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

READ_AGAIN_FOR: Final = timedelta(days=30)  # entries that were read again are kept at least this long


def months_to_drop(made_at: Mapping[date, datetime], *, keep: int, at: datetime) -> list[date]:
    """The months (first days) that ended `keep` months ago or earlier; `made_at` says when each was stored first."""
    today = at.astimezone(UTC).date()
    oldest = today.year * 12 + today.month - keep
    return sorted(
        month
        for month, made in made_at.items()
        if month.year * 12 + month.month < oldest and made <= at - READ_AGAIN_FOR
    )
