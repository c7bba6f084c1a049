"""HealthService: how the parts of Sluice are, as the database has it, or without it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, text

from common.domain.health.parts import HealthFacts, PartHealth, Report, SystemPart, health_of, without_database
from common.domain.runs.status import LIVE_STATUSES
from common.errors import UnavailableError
from common.services.postgres.engine import read

KEPT_FOR: Final = timedelta(seconds=15)

_FACTS: Final = text("""
    SELECT (
        SELECT json_agg(json_build_array(part, heard_at, failing_since, why)) FROM health_reports
    ) AS reports, (
        SELECT min(coalesce(synced_at, updated_at)) FROM runs WHERE status = ANY(string_to_array(:live, ','))
    ) AS oldest_check, (
        SELECT max(version_num) FROM alembic_version
    ) AS revision, newest_read, reading_since
    FROM (
        SELECT max(ingest_cursors.updated_at) AS newest_read, min(started_at) AS reading_since
        FROM runs JOIN ingest_cursors USING (run_id) WHERE status = ANY(string_to_array(:live, ','))
    ) AS files
""")
_NAMES: Final = frozenset(part.value for part in SystemPart)
_LIVE: Final = ",".join(sorted(LIVE_STATUSES))


class HealthService:
    """Answers without the database, too: then it is the part that is away, as it is after `patience_s` without a word.

    An answer is kept for a few seconds, so that any number of pages costs little. Safe to share between threads: one of
    them looks while the others wait for what it finds.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime], *, patience_s: float = 8) -> None:
        self._engine, self._clock, self._patience_s = engine, clock, patience_s
        self._lock = threading.Lock()
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._reading: Future[HealthFacts] | None = None
        self._away_since: datetime | None = None  # as far as this instance knows
        self._kept: tuple[datetime, Sequence[PartHealth]] | None = None

    def parts(self) -> Sequence[PartHealth]:
        """How each part is."""
        with self._lock:
            if self._kept is None or self._clock() >= self._kept[0]:
                found = self._look()
                self._kept = self._clock() + KEPT_FOR, found
            return self._kept[1]

    def _look(self) -> Sequence[PartHealth]:
        now = self._clock()
        if self._reading is None or self._reading.done():  # else the database has not answered an earlier look yet
            self._reading = self._reader.submit(read, self._engine, _facts)
        try:
            facts = self._reading.result(self._patience_s)
        except UnavailableError as error:
            return self._away(error.message, now)
        except FutureTimeoutError:
            return self._away(f"Postgres has not answered for {self._patience_s:g} s", now)
        self._away_since = None
        return health_of(facts, at=now)

    def _away(self, why: str, now: datetime) -> Sequence[PartHealth]:
        self._away_since = self._away_since or now
        return without_database(since=self._away_since, why=why)


def _facts(connection: Connection) -> HealthFacts:
    found = connection.execute(_FACTS, {"live": _LIVE}).one()
    reports = {
        SystemPart(part): Report(_moment(heard), _moment(failing), why or "")
        for part, heard, failing, why in found.reports or ()
        if part in _NAMES  # another release may know more
    }
    return HealthFacts(
        reports=reports,
        oldest_check=found.oldest_check,
        newest_read=found.newest_read,
        reading_since=found.reading_since,
        revision=found.revision or "",
    )


def _moment(text_of: str | None) -> datetime | None:
    return datetime.fromisoformat(text_of) if text_of else None
