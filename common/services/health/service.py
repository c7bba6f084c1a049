"""HealthService: how the parts of Sluice are, as the database has it, or without it."""

import threading
from collections.abc import Callable, Sequence
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
        SELECT max(ingest_cursors.updated_at) FROM runs JOIN ingest_cursors USING (run_id)
        WHERE status = ANY(string_to_array(:live, ','))
    ) AS newest_read, (
        SELECT max(version_num) FROM alembic_version
    ) AS revision
""")
_NAMES: Final = frozenset(part.value for part in SystemPart)
_LIVE: Final = ",".join(sorted(LIVE_STATUSES))


class HealthService:
    """Answers without the database, too: then it is the part that is away.

    An answer is kept for a few seconds, so that any number of pages costs little. Safe to share between threads: one of
    them looks while the others wait for what it finds.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock
        self._lock = threading.Lock()
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
        try:
            facts = read(self._engine, _facts)
        except UnavailableError as error:
            self._away_since = self._away_since or now
            return without_database(since=self._away_since, why=error.message)
        self._away_since = None
        return health_of(facts, at=now)


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
        revision=found.revision or "",
    )


def _moment(text_of: str | None) -> datetime | None:
    return datetime.fromisoformat(text_of) if text_of else None
