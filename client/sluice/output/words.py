"""Times, durations and sizes as people read them."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

NOTHING: Final = "-"
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def time_words(at: datetime | None, *, utc: bool = False, precise: bool = False) -> str:
    """`2026-11-30 19:51:29 +01:00`: in the zone of this machine, or in UTC; with milliseconds if `precise`."""
    if at is None:
        return NOTHING
    moment = at.astimezone(UTC if utc else None)
    offset = moment.strftime("%z")
    fraction = f".{moment.microsecond // 1000:03}" if precise else ""
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction} {offset[:3]}:{offset[3:5]}"


def duration_words(milliseconds: int | None) -> str:
    """`2h 03m`, `3m 05s`, `12s`, `0.4s`; days are hours: `50h 00m`."""
    if milliseconds is None:
        return NOTHING
    seconds = milliseconds / 1000
    if seconds < 10:
        return f"{seconds:.1f}s"
    minutes, left = divmod(round(seconds), 60)
    if not minutes:
        return f"{left}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {left:02}s"


def size_words(size: int | None) -> str:
    """`812 B`, `1.3 GB`: in powers of 1,000, as Cloud Storage is billed."""
    if size is None:
        return NOTHING
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 99.5 else f"{value:.1f} {_UNITS[unit]}"


def memory_words(size: float | None) -> str:
    """`36 GB`: in powers of 1,024, as Nextflow counts, so that a task that asked for 36.GB shows 36 GB."""
    if size is None:
        return NOTHING
    value, unit = float(size), 0
    while value >= 1023.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    number = f"{value:.0f}" if value >= 9.95 else f"{value:.1f}".removesuffix(".0")
    return f"{number} {_UNITS[unit]}"


def short_process(name: str) -> str:
    """The process, or the task with its tag, without the workflows around it: `STAR_ALIGN (donor1)`."""
    process, space, tag = name.partition(" ")
    return process.rpartition(":")[2] + space + tag


def short_processes(names: Iterable[str]) -> dict[str, str]:
    """The short name of each process; the whole name where two would be called the same."""
    short = {name: short_process(name) for name in names}
    times = Counter(short.values())
    return {name: word if times[word] == 1 else name for name, word in short.items()}


def counted(count: int, thing: str, things: str | None = None) -> str:
    """`1 task`, `1,204 tasks`; `things` is its plural if that does not end in s."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def text_of(value: object) -> str:
    """A cell: nothing is `-`, a list its elements."""
    if value in (None, "", []):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
