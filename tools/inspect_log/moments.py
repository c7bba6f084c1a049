"""Finds the year and time zone of a log from its content, because its timestamps have neither.

A full date close to the record's own time gives the year, and so does the start of a grid task. Nextflow logs the end
of a grid task in UTC, which shows the offset of the machine's clock; and on a machine in UTC the build date is not
repeated in local time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from common.domain.nextflow import units
from common.domain.nextflow.log.facts import TaskCompleted
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogRecord

_SEARCHED = 16 * 1024  # characters of a message
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)-?(\d\d)-?(\d\d)[T_ -](\d\d)[:-]?(\d\d)[:-]?(\d\d)(?!\d)", re.ASCII)
_BUILT_IN_UTC = re.compile(r"^ *(?:Created|Modified): \d\d-\d\d-\d{4} \d\d:\d\d UTC *$", re.MULTILINE | re.ASCII)
_STARTED = re.compile(r"\bstarted: (\d{13});", re.ASCII)
_BESIDE = timedelta(hours=26)  # a day plus the largest difference of two time zones
_LONGEST_TASK = timedelta(days=30)
_STEP = timedelta(minutes=15)  # time zones differ by multiples of this
_FARTHEST = timedelta(hours=14)


@dataclass(slots=True)
class Moments:
    """What the log proves: `near` is a time in its year, `zone` the machine's time zone; None if it proves nothing."""

    near: datetime | None = None
    zone: tzinfo | None = None


def moments_in(records: Iterable[LogRecord]) -> Moments:
    """The year and time zone that `records` prove; they were read as if in UTC."""
    found = Moments()
    ahead: list[timedelta] = []
    for record in records:
        if record.timestamp is None:
            continue
        text = record.message[:_SEARCHED]
        found.near = found.near or _dated(text, record.timestamp)
        if _BUILT_IN_UTC.search(text):
            found.zone = UTC
        ahead += _ahead_of_utc(record, record.timestamp)
    if ahead:
        found.zone = timezone(round(min(ahead) / _STEP) * _STEP)  # an end is logged late, never early
    return found


def _dated(text: str, stamp: datetime) -> datetime | None:
    """`stamp` in the year of a date in `text` that is close to it."""
    for named, reach in _named_moments(text):
        for year in (named.year, named.year + 1, named.year - 1):  # the turn of the year may be between the two
            dated = _in_year(stamp, year)
            if dated and abs(named - dated) <= reach:
                return dated
    return None


def _in_year(stamp: datetime, year: int) -> datetime | None:
    try:
        return stamp.replace(year=year)
    except ValueError:  # 29 February, or beyond year 9999
        return None


def _named_moments(text: str) -> Iterator[tuple[datetime, timedelta]]:
    """The dates in `text` with a year, and how far each may be from the record's time."""
    for parts in _DATE.findall(text):
        year, month, day, hour, minute, second = map(int, parts)
        try:
            yield datetime(year, month, day, hour, minute, second, tzinfo=UTC), _BESIDE
        except ValueError:
            continue
    for milliseconds in _STARTED.findall(text):
        yield units.epoch_moment(int(milliseconds)), _LONGEST_TASK


def _ahead_of_utc(record: LogRecord, stamp: datetime) -> list[timedelta]:
    """How far the machine's clock was ahead of UTC when the task of `record` ended."""
    ends = [fact.exited for fact in facts_of(record) if isinstance(fact, TaskCompleted) and fact.native_id]
    ahead = [local - end for end in ends if end and (local := _in_year(stamp, end.year))]
    return [offset for offset in ahead if abs(offset) <= _FARTHEST]
