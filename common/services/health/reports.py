"""HealthReports: parts of Sluice note how they are, for those who ask at /api/status."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, case, func
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.health.parts import SystemPart
from common.models.health import HealthReportRow
from common.services.postgres.engine import autocommit_connection

BEAT_EVERY: Final = timedelta(minutes=1)


class HealthReports:
    """Writes the table `health_reports`. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, failures: Mapping[SystemPart, str | None], *, at: datetime) -> None:
        """Note how parts are, in one statement: None for one that is well, else why it is not."""
        rows = [
            {
                "part": part.value,
                "heard_at": at if why is None else None,
                "failing_since": None if why is None else at,
                "why": why,
            }
            for part, why in failures.items()
        ]
        row, old = upsert(HealthReportRow).values(rows), HealthReportRow
        new = row.excluded
        changes = {
            "heard_at": func.coalesce(new.heard_at, old.heard_at),
            # since it failed first, not since it failed last
            "failing_since": case(
                (new.failing_since.is_not(None), func.coalesce(old.failing_since, new.failing_since))
            ),
            "why": new.why,
        }
        with autocommit_connection(self._engine) as connection:
            connection.execute(row.on_conflict_do_update(index_elements=[old.part], set_=changes))


class Heartbeat:
    """Notes that a part is well, at most once a minute in each instance. Safe to share between threads."""

    def __init__(self, reports: HealthReports, part: SystemPart, clock: Callable[[], datetime]) -> None:
        self._reports, self._part, self._clock = reports, part, clock
        self._due_at: datetime | None = None
        self._lock = threading.Lock()

    def beat(self) -> None:
        """Raises UnavailableError."""
        now = self._clock()
        with self._lock:
            if self._due_at is not None and now < self._due_at:
                return
            self._due_at = now + BEAT_EVERY
        self._reports.note({self._part: None}, at=now)
