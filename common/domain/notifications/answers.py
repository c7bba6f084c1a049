"""What the answer of a receiver means, by the advice of Standard Webhooks.

Only 410 says that the receiver wants nothing more. Every other status may be a mistake that its owner mends within
the day, a 404 during a deployment for example, so the notification is sent again until its tries are used up.
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from common.domain.notifications.notification import Delivered, Outcome, Refused, TryAgain

_LONGEST_WAIT: Final = timedelta(days=1)


def outcome_of(status: int, retry_after: str | None, *, now: datetime) -> Outcome:
    """What became of a request; `retry_after` is the header as it was sent: seconds, or a date."""
    if 200 <= status < 300:
        return Delivered()
    if status == 410:
        return Refused("the receiver answered 410 Gone: it wants no more notifications")
    if 300 <= status < 400:
        return TryAgain(f"the receiver answered {status}; redirects are not followed, so its address must be changed")
    return TryAgain(f"the receiver answered {status}", _wait(retry_after or "", now))


def _wait(retry_after: str, now: datetime) -> timedelta | None:
    """How long to wait, at most a day; None if the header says nothing that can be read."""
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), _LONGEST_WAIT.total_seconds()))
    try:
        at = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):  # a year or a zone may have any number of digits
        return None
    wait = at.replace(tzinfo=at.tzinfo or UTC) - now
    return min(wait, _LONGEST_WAIT) if wait > timedelta() else None
