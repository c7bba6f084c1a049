"""IdempotencyStore: which requests are being worked on or answered, so that each has its effect once (DESIGN 5).

A key is taken by an INSERT and held on a lease, so no transaction stays open while the request is worked on. Whoever
takes over from a holder that died gets the same `creation_key`, by which the store of runs knows what the dead one
made already.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.errors import ConflictError
from common.models.idempotency_keys import IdempotencyKeyRow as Key

LEASE = timedelta(seconds=60)  # longer than the gateway waits for any answer
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """What makes two requests the same: `scope` (caller, method, path and key) and the body, hashed both."""

    scope: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The right to work on a request. `creation_key` (a UUID) is the same for every try at it.

    Unless `is_first`, somebody has tried before and may have made something.
    """

    scope: str
    holder: str
    creation_key: str
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """What the first request was answered."""

    status: int
    body: bytes
    location: str | None


class IdempotencyStore:
    """Reads and writes keys. The times it is given decide what has expired."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, request: KeyedRequest, *, at: datetime) -> Hold | StoredAnswer | None:
        """The right to work on a request, or the answer it got; None while somebody else works on it.

        Raises ConflictError when the key came with another body.
        """
        with self._engine.begin() as connection:
            connection.execute(delete(Key).where(Key.scope == request.scope, Key.expires_at <= at))
            return _take_over(connection, request, at) or _what_is_there(connection, request)

    def keep(self, hold: Hold, answer: StoredAnswer) -> None:
        """Store the answer for the twins to come; nothing happens when the hold was lost."""
        values = {"status": answer.status, "body": answer.body, "location": answer.location}
        with self._engine.begin() as connection:
            connection.execute(update(Key).where(_held_by(hold)).values(values))

    def release(self, hold: Hold, *, at: datetime) -> None:
        """The try failed, and may have made something: the same request may be tried again at once."""
        with self._engine.begin() as connection:
            connection.execute(update(Key).where(_held_by(hold)).values(lease_until=at))

    def forget(self, hold: Hold) -> None:
        """The request was refused and made nothing: its key is as new, for any body."""
        with self._engine.begin() as connection:
            connection.execute(delete(Key).where(_held_by(hold)))

    def delete_expired(self, *, at: datetime) -> int:
        """Delete the keys whose time is over; how many there were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(Key).where(Key.expires_at <= at)).rowcount


def _take_over(connection: Connection, request: KeyedRequest, at: datetime) -> Hold | None:
    """A hold on a key that is new, or whose holder did not come back in time."""
    mine, new_key = {"holder": str(uuid.uuid4()), "lease_until": at + LEASE}, str(uuid.uuid4())
    fresh = upsert(Key).values(
        scope=request.scope,
        body_hash=request.body_hash,
        creation_key=new_key,
        expires_at=at + LIFETIME,
        **mine,
    )
    is_abandoned = Key.status.is_(None) & (Key.lease_until <= at) & (Key.body_hash == request.body_hash)
    taken = fresh.on_conflict_do_update(index_elements=[Key.scope], set_=mine, where=is_abandoned)
    row = connection.execute(taken.returning(Key.holder, Key.creation_key)).first()
    if row is None:
        return None
    is_first = row.creation_key == new_key
    return Hold(scope=request.scope, holder=row.holder, creation_key=row.creation_key, is_first=is_first)


def _what_is_there(connection: Connection, request: KeyedRequest) -> StoredAnswer | None:
    row = connection.execute(select(Key.__table__).where(Key.scope == request.scope)).first()
    if row is None:  # given up since: the next try takes it
        return None
    if row.body_hash != request.body_hash:
        raise ConflictError("this Idempotency-Key was used with another body; use a new key for a new request")
    return StoredAnswer(status=row.status, body=row.body, location=row.location) if row.status else None


def _held_by(hold: Hold) -> ColumnElement[bool]:
    return (Key.scope == hold.scope) & (Key.holder == hold.holder) & Key.status.is_(None)
