"""When a notification that was not delivered is tried again, and when it is given up."""

from datetime import datetime, timedelta
from typing import Final

# After each try but the last; ten tries take 24 hours, and most of them come while somebody may still mend it.
_PAUSES: Final = (
    *(timedelta(seconds=seconds) for seconds in (30, 120)),
    *(timedelta(minutes=minutes) for minutes in (5, 15, 40)),
    *(timedelta(hours=hours) for hours in (1, 2, 5, 15)),
)
TRIES: Final = len(_PAUSES) + 1
_LONGEST_WISH: Final = timedelta(hours=6)

# A worker that has not recorded the outcome of a try by then has died. Longer than the slowest try.
LEASE: Final = timedelta(minutes=2)


def next_try(tries: int, *, at: datetime, wish: timedelta | None = None) -> datetime | None:
    """When to try again after so many tries, the last one `at`; None if it is given up.

    A target may ask for a longer pause (`wish`), up to six hours.
    """
    if tries >= TRIES:
        return None
    return at + max(_PAUSES[tries - 1], min(wish or timedelta(0), _LONGEST_WISH))
