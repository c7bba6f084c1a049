"""Parses durations, memory, percentages and times as Nextflow writes them: readable, or raw (`trace.raw = true`).

Each value shows which of the two it is, so one file may contain both. Every function raises ValueError for other text.
Readable values are rounded by Nextflow (`7m 14s` has lost its milliseconds).
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_BYTES: dict[str, int] = {
    unit: 1024**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB"))
}

_NUMBER = r"\d{1,40}(?:[.,]\d{1,40})?"  # longer texts are refused before they are searched
_RAW = re.compile(r"-?\d+", re.ASCII)
_DURATION = re.compile(rf"(?:{_NUMBER} ?(?:ms|[dhms])(?: |$))+", re.ASCII)
_DURATION_PART = re.compile(rf"({_NUMBER}) ?(ms|[dhms])", re.ASCII)
_MEMORY = re.compile(rf"({_NUMBER}) ?([KMGTPEZ]?B)", re.ASCII)
_PERCENT = re.compile(rf"(-?{_NUMBER}) ?%?", re.ASCII)
_DATE_AND_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)
_LONGEST_NUMBER = 18  # digits; more do not fit into 64 bits

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def whole_number(text: str) -> int:
    """A decimal integer of at most 64 bits, such as an exit status or a count."""
    if not _RAW.fullmatch(text) or len(text) > _LONGEST_NUMBER:
        raise ValueError(f"not a whole number: {text[:80]!r}")
    return int(text)


def duration_ms(text: str) -> int:
    """Milliseconds in `1d 3h 2m 59s`, `41.8s`, `0ms`, or raw `8215`."""
    if _RAW.fullmatch(text):
        return whole_number(text)
    if len(text) > 80 or not _DURATION.fullmatch(text):
        raise ValueError(f"not a duration: {text[:80]!r}")
    return _rounded(sum(_decimal(part[1]) * _MILLISECONDS[part[2]] for part in _DURATION_PART.finditer(text)))


def memory_bytes(text: str) -> int:
    """Bytes in `894 B`, `1.5 TB` (base 1024), or raw `3358720`; Nextflow also writes a bare `0`."""
    if _RAW.fullmatch(text):
        return whole_number(text)
    found = _MEMORY.fullmatch(text) if len(text) < 40 else None
    if found is None:
        raise ValueError(f"not an amount of memory: {text[:80]!r}")
    return _rounded(_decimal(found[1]) * _BYTES[found[2]])


def percent(text: str) -> float:
    """A percentage: `98.1%`, raw `91.7`, or `151,6%` in some locales."""
    found = _PERCENT.fullmatch(text) if len(text) < 40 else None
    if found is None:
        raise ValueError(f"not a percentage: {text[:80]!r}")
    return _decimal(found[1])


def epoch_moment(milliseconds: int) -> datetime:
    """The UTC time `milliseconds` after the start of 1970."""
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError as error:
        raise ValueError(f"not a time: {milliseconds}") from error


def moment(text: str, zone: tzinfo) -> datetime:
    """The UTC time of `2023-05-04 15:46:02.335`, which is local to `zone`, or of raw epoch milliseconds."""
    if _RAW.fullmatch(text):
        return epoch_moment(whole_number(text))
    if not _DATE_AND_TIME.fullmatch(text):
        raise ValueError(f"not a time: {text[:80]!r}")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"not a time: {text!r}") from error


def _rounded(number: float) -> int:
    if number >= 10**_LONGEST_NUMBER:
        raise ValueError(f"not a number of at most {_LONGEST_NUMBER} digits: {number:g}")
    return round(number)


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))
