"""A lease for work that spans several transactions; it expires if its holder dies."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.errors import UnavailableError
from common.models.leases import LeaseRow
from common.services.postgres.engine import autocommit_connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The sole right to do the work `name`, until it is released or expires."""

    name: str
    holder: str


class LeaseStore:
    """Grants leases; callers pass the time, which decides what has expired. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, *, at: datetime, lasts: timedelta) -> Lease | None:
        """The lease if it is free or has expired; None while another holder has it."""
        mine = {"holder": str(uuid.uuid4()), "lease_until": at + lasts}
        fresh = upsert(LeaseRow).values(name=name, **mine)
        taken = fresh.on_conflict_do_update(
            index_elements=[LeaseRow.name], set_=mine, where=LeaseRow.lease_until <= at
        ).returning(LeaseRow.holder)
        with autocommit_connection(self._engine) as connection:
            holder = connection.execute(taken).scalar_one_or_none()
        return Lease(name=name, holder=holder) if holder else None

    def extend(self, lease: Lease, *, at: datetime, lasts: timedelta) -> bool:
        """Extend the lease to `at` plus `lasts`; False when another holder has taken it."""
        prolonged = update(LeaseRow).where(_held_by(lease)).values(lease_until=at + lasts)
        with autocommit_connection(self._engine) as connection:
            return connection.execute(prolonged).rowcount == 1

    def release(self, lease: Lease) -> None:
        """Free the lease; does nothing when another holder has taken it."""
        with autocommit_connection(self._engine) as connection:
            connection.execute(delete(LeaseRow).where(_held_by(lease)))


class LeaseHeartbeat:
    """Extends a lease while its holder works; `beat` writes at most once per quarter of the lease."""

    def __init__(self, leases: LeaseStore, lease: Lease, *, lasts: timedelta, clock: Callable[[], datetime]) -> None:
        self._leases, self._lease, self._lasts, self._clock = leases, lease, lasts, clock
        self._extended_at = clock()

    def beat(self) -> None:
        """Extend the lease if a quarter of it has passed. Raises UnavailableError when another holder has taken it."""
        now = self._clock()
        if now - self._extended_at < self._lasts / 4:
            return
        if not self._leases.extend(self._lease, at=now, lasts=self._lasts):
            raise UnavailableError(f"another worker has taken over: {self._lease.name}")
        self._extended_at = now


def _held_by(lease: Lease) -> ColumnElement[bool]:
    return (LeaseRow.name == lease.name) & (LeaseRow.holder == lease.holder)
