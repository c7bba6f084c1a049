"""Times as people type them."""

import re
from datetime import datetime, timedelta
from typing import Final

from sluice.errors import InputError

_AGO: Final = re.compile(r"([0-9]{1,5})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, *, now: datetime) -> datetime:
    """The time that `7d` (before `now`), `2026-11-30` or `2026-11-30T12:00+01:00` means; local without a zone.

    Raises InputError.
    """
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError as error:
        raise InputError(f"{text!r} is no time; expected 7d, 12h, 2026-11-30 or 2026-11-30T12:00+01:00") from error


def seconds(text: str) -> float:
    """The duration that `90`, `90s`, `15m` or `4h` means, in seconds. Raises InputError."""
    found = _AGO.fullmatch(text if text[-1:].isalpha() else f"{text}s")
    if not found:
        raise InputError(f"{text!r} is no duration; expected 90s, 15m or 4h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])}).total_seconds()
