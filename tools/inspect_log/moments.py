"""When and where a log was written, as far as the file itself proves it: no head names a year or a zone.

A date beside the record's own time names the year, and so does the start of a grid task. The end of a grid task,
which Nextflow notes in UTC, shows how far the machine's clock is from it; and a machine in UTC leaves out its own
time behind the build date.
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
_BESIDE = timedelta(hours=26)  # a day, and what two zones may differ
_LONGEST_TASK = timedelta(days=30)
_STEP = timedelta(minutes=15)  # in which zones lie apart
_FARTHEST = timedelta(hours=14)


@dataclass(slots=True)
class Moments:
    """What was found: `near` is a moment in the right year, `zone` the machine's; None where nothing proves it."""

    near: datetime | None = None
    zone: tzinfo | None = None


def moments_in(records: Iterable[LogRecord]) -> Moments:
    """The year and the zone that `records`, read as if in UTC, give away."""
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
        found.zone = timezone(round(min(ahead) / _STEP) * _STEP)  # an end is noticed late, never early
    return found


def _dated(text: str, stamp: datetime) -> datetime | None:
    """`stamp` in the year of a moment in `text` that lies beside it."""
    for named, reach in _named_moments(text):
        for year in (named.year, named.year + 1, named.year - 1):  # a night may lie between the two
            dated = _in_year(stamp, year)
            if dated and abs(named - dated) <= reach:
                return dated
    return None


def _in_year(stamp: datetime, year: int) -> datetime | None:
    try:
        return stamp.replace(year=year)
    except ValueError:  # 29 February, or beyond the last year there is
        return None


def _named_moments(text: str) -> Iterator[tuple[datetime, timedelta]]:
    """The moments that `text` names with their year, and how far from its own it may lie."""
    for parts in _DATE.findall(text):
        year, month, day, hour, minute, second = map(int, parts)
        try:
            yield datetime(year, month, day, hour, minute, second, tzinfo=UTC), _BESIDE
        except ValueError:
            continue
    for milliseconds in _STARTED.findall(text):
        yield units.epoch_moment(int(milliseconds)), _LONGEST_TASK


def _ahead_of_utc(record: LogRecord, stamp: datetime) -> list[timedelta]:
    """How far the clock of the machine was ahead when the task ended that `record` tells of."""
    ends = [fact.exited for fact in facts_of(record) if isinstance(fact, TaskCompleted) and fact.native_id]
    ahead = [local - end for end in ends if end and (local := _in_year(stamp, end.year))]
    return [offset for offset in ahead if abs(offset) <= _FARTHEST]
