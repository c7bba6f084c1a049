"""Which parts of Sluice are well, since when others are not, and what that means for people.

Nothing is asked for it: the rules read what Sluice records anyway, and what parts reported of themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class SystemPart(StrEnum):
    """A part that others depend on."""

    DATABASE = "database"
    SCHEMA = "schema"  # whether its tables are those of the release
    WORK = "work"  # the queue and the function that does what is queued
    TIMER = "timer"  # which starts reconcile every five minutes
    BATCH = "batch"
    NOTICES = "notices"  # of files that head jobs have copied to the logs bucket
    PRICES = "prices"


class PartState(StrEnum):
    """How a part is; UNKNOWN while nothing was heard of it."""

    WELL = "well"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"  # slow or late
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Report:
    """What was last heard of a part: when it was well, and since when it fails and `why`, if it does."""

    heard_at: datetime | None = None
    failing_since: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """What the database says.

    `oldest_check` is when the live run was looked at that was not looked at for longest, None without live runs.
    `newest_read` is when something new was last read of a file of a live run, whoever noticed that it was there, and
    `reading_since` when the oldest of these runs started, None without any.
    `revision` is that of the tables.
    """

    reports: Mapping[SystemPart, Report] = field(default_factory=dict)
    oldest_check: datetime | None = None
    newest_read: datetime | None = None
    reading_since: datetime | None = None
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """How a part is. `since` is None if that is not known; `detail` is for administrators."""

    part: SystemPart
    state: PartState
    since: datetime | None = None
    detail: str = ""

    @property
    def meaning(self) -> str:
        """What it means for people; empty while nothing is wrong."""
        return MEANINGS[self.part] if self.state in _BAD else ""


# A live run is synced at least every three minutes, and reconcile finds lost syncs after as many; it runs every five.
CHECKED_WITHIN: Final = timedelta(minutes=12)
TIMER_WITHIN: Final = timedelta(minutes=20)
NOTICED_WITHIN: Final = timedelta(minutes=10)
PRICES_WITHIN: Final = timedelta(days=15)  # they are read each week
UPDATED_WITHIN: Final = timedelta(hours=1)  # what runs after a deployment

MEANINGS: Final[Mapping[SystemPart, str]] = MappingProxyType(
    {
        SystemPart.DATABASE: "Runs cannot be shown or started. Those that have started go on, and nothing is lost.",
        SystemPart.SCHEMA: "An update of Sluice is not complete. Some pages may fail until it is.",
        SystemPart.WORK: "Runs start late, and what is shown of running ones may be old. The runs themselves go on.",
        SystemPart.TIMER: "If the work on a run gets lost, nobody notices: the run may seem to stand still.",
        SystemPart.BATCH: "Google Cloud Batch does not answer. Runs start and stop late; running tasks go on.",
        SystemPart.NOTICES: "Logs and tasks of running runs appear some minutes late.",
        SystemPart.PRICES: "Costs are estimated by prices that may have changed since.",
    }
)
_BAD: Final = frozenset({PartState.DEGRADED, PartState.AWAY})
_ORDER: Final = tuple(PartState)


def overall(parts: Sequence[PartHealth]) -> PartState:
    """The state of the worst part; WELL if nothing is known to be wrong."""
    return max((part.state for part in parts if part.state in _BAD), key=_ORDER.index, default=PartState.WELL)


def health_of(facts: HealthFacts, *, at: datetime) -> list[PartHealth]:
    """The health of each part while the database answers."""
    return [
        PartHealth(part=SystemPart.DATABASE, state=PartState.WELL),
        _schema(facts, at),
        _work(facts, at),
        _heard_within(SystemPart.TIMER, facts, TIMER_WITHIN, at),
        _batch(facts),
        _notices(facts),
        _heard_within(SystemPart.PRICES, facts, PRICES_WITHIN, at),
    ]


def without_database(*, since: datetime, why: str) -> list[PartHealth]:
    """The health of each part while the database is away."""
    unknown = [PartHealth(part=part, state=PartState.UNKNOWN) for part in SystemPart if part != SystemPart.DATABASE]
    return [PartHealth(part=SystemPart.DATABASE, state=PartState.AWAY, since=since, detail=why), *unknown]


def _schema(facts: HealthFacts, at: datetime) -> PartHealth:
    report = facts.reports.get(SystemPart.SCHEMA, Report())
    detail = f"at revision {facts.revision}" if facts.revision else "no revision"
    if report.failing_since is None or at - report.failing_since <= UPDATED_WITHIN:
        return PartHealth(part=SystemPart.SCHEMA, state=PartState.WELL, detail=detail)
    return PartHealth(
        part=SystemPart.SCHEMA,
        state=PartState.DEGRADED,
        since=report.failing_since,
        detail=f"{detail}: {report.why}",
    )


def _work(facts: HealthFacts, at: datetime) -> PartHealth:
    checked = facts.oldest_check
    if checked is None:
        return PartHealth(part=SystemPart.WORK, state=PartState.WELL, detail="no live runs")
    detail = f"every live run was checked since {_time(checked)}"
    if at - checked <= CHECKED_WITHIN:
        return PartHealth(part=SystemPart.WORK, state=PartState.WELL, detail=detail)
    return PartHealth(part=SystemPart.WORK, state=PartState.DEGRADED, since=checked, detail=detail)


def _heard_within(part: SystemPart, facts: HealthFacts, within: timedelta, at: datetime) -> PartHealth:
    heard = facts.reports.get(part, Report()).heard_at
    if heard is None:
        return PartHealth(part=part, state=PartState.UNKNOWN)
    detail = f"last heard of at {_time(heard)}"
    if at - heard <= within:
        return PartHealth(part=part, state=PartState.WELL, detail=detail)
    return PartHealth(part=part, state=PartState.DEGRADED, since=heard, detail=detail)


def _batch(facts: HealthFacts) -> PartHealth:
    report = facts.reports.get(SystemPart.BATCH)
    if report is None:
        return PartHealth(part=SystemPart.BATCH, state=PartState.UNKNOWN)
    if report.failing_since is None:
        return PartHealth(part=SystemPart.BATCH, state=PartState.WELL)
    return PartHealth(part=SystemPart.BATCH, state=PartState.AWAY, since=report.failing_since, detail=report.why)


def _notices(facts: HealthFacts) -> PartHealth:
    """Late if the newest bytes of live runs were found by a sync, long after the last notice.

    Notices are expected only since a run started: a sync may be first to read the log of the day's first run.
    """
    heard, read = facts.reports.get(SystemPart.NOTICES, Report()).heard_at, facts.newest_read
    if read is None or facts.reading_since is None:
        return PartHealth(part=SystemPart.NOTICES, state=PartState.UNKNOWN, detail="no live run has a log yet")
    last = f"the last one came at {_time(heard)}" if heard else "none ever came"
    expected = max(heard or facts.reading_since, facts.reading_since)
    if read - expected <= NOTICED_WITHIN:
        return PartHealth(part=SystemPart.NOTICES, state=PartState.WELL if heard else PartState.UNKNOWN, detail=last)
    detail = f"{last}, but new bytes were read at {_time(read)}"
    return PartHealth(part=SystemPart.NOTICES, state=PartState.DEGRADED, since=expected, detail=detail)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
