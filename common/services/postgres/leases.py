"""LeaseStore: one at a time does a thing that no transaction can span, and a dead one is not waited for long."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.models.leases import LeaseRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to do the thing `name`, until it is let go or runs out."""

    name: str
    holder: str


class LeaseStore:
    """Hands out leases. The times it is given decide what has run out. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, *, at: datetime, lasts: timedelta) -> Lease | None:
        """The lease, when it is free or its holder did not come back in time; None while somebody has it."""
        mine = {"holder": str(uuid.uuid4()), "lease_until": at + lasts}
        fresh = upsert(LeaseRow).values(name=name, **mine)
        taken = fresh.on_conflict_do_update(
            index_elements=[LeaseRow.name], set_=mine, where=LeaseRow.lease_until <= at
        ).returning(LeaseRow.holder)
        with self._engine.begin() as connection:
            holder = connection.execute(taken).scalar_one_or_none()
        return Lease(name=name, holder=holder) if holder else None

    def extend(self, lease: Lease, *, at: datetime, lasts: timedelta) -> bool:
        """Whether the lease is still the holder's own, which then lasts as long again."""
        prolonged = update(LeaseRow).where(_held_by(lease)).values(lease_until=at + lasts)
        with self._engine.begin() as connection:
            return connection.execute(prolonged).rowcount == 1

    def release(self, lease: Lease) -> None:
        """Somebody else may have it; nothing happens when it was lost already."""
        with self._engine.begin() as connection:
            connection.execute(delete(LeaseRow).where(_held_by(lease)))


def _held_by(lease: Lease) -> ColumnElement[bool]:
    return (LeaseRow.name == lease.name) & (LeaseRow.holder == lease.holder)
