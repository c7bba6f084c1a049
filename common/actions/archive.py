"""Zip the logs of a run, so that they can be downloaded in one go and outlive its work directory."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.run import Run
from common.errors import NotFoundError, UnavailableError
from common.services.logs.service import LogService
from common.services.postgres.leases import Lease, LeaseStore
from common.services.runs.store import RunStoreService
from common.telemetry import telemetry

log = telemetry("archive")

LEASE: Final = timedelta(seconds=60)  # how long a builder that died is waited for
_EXTEND_EVERY: Final = LEASE / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLogs:
    """Called with a run id; an archive that is right already is left as it is.

    Raises NotFoundError when there are no logs, ConflictError when somebody else has written it, and
    TooManyRequestsError or UnavailableError when coming back can help: also while somebody else is at it, who may die.
    """

    runs: RunStoreService
    logs: LogService
    leases: LeaseStore
    clock: Callable[[], datetime]

    def run(self, run_id: str) -> None:
        run = self.runs.get_run(run_id)
        started = self.clock()
        lease = self.leases.take(f"archive {run_id}", at=started, lasts=LEASE)
        if lease is None:
            raise UnavailableError(f"the logs of run {run_id} are being archived already")
        try:
            is_final = self.logs.create_log_archive(
                run, at=started, heartbeat=LeaseHeartbeat(self.leases, lease, self.clock).beat
            )
        except NotFoundError:
            self._note_archived(run, at=started)  # a run that is over will have none
            raise
        finally:
            self.leases.release(lease)
        if is_final:
            self._note_archived(run, at=started)
        log.info("logs archived", extra={"action": "logs_archived", "run_id": run_id, "is_final": is_final})

    def _note_archived(self, run: Run, *, at: datetime) -> None:
        """An archive that is not final is asked for again until it is; so is that of a run that has ended since."""
        if run.is_over:
            self.runs.note_archived(run.run_id, at=at)


class LeaseHeartbeat:
    """Keeps a lease from running out. Raises UnavailableError when it did all the same."""

    def __init__(self, leases: LeaseStore, lease: Lease, clock: Callable[[], datetime]) -> None:
        self._leases, self._lease, self._clock = leases, lease, clock
        self._extended_at = clock()

    def beat(self) -> None:
        now = self._clock()
        if now - self._extended_at < _EXTEND_EVERY:
            return
        if not self._leases.extend(self._lease, at=now, lasts=LEASE):
            raise UnavailableError("somebody else took over the archive")
        self._extended_at = now
