"""IdempotencyStore: the Idempotency-Keys of requests and their responses, so that each request takes effect once.

A key is taken with an INSERT and held by a lease, so no transaction stays open while the request is processed. A
request that takes over from a dead holder gets the same `creation_key`, by which RunStoreService finds the run that
the holder may have created.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.errors import ConflictError
from common.models.idempotency_keys import IdempotencyKeyRow as Key
from common.services.postgres.engine import autocommit_connection

LEASE = timedelta(seconds=60)  # longer than API Gateway waits for a response
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """What identifies a request: SHA-256 hashes of its `scope` (caller, method, path and key) and of its body."""

    scope: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The right to process a request. `creation_key` (a UUID) is the same for every attempt.

    Unless `is_first`, an earlier attempt may already have created something.
    """

    scope: str
    holder: str
    creation_key: str
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The response to the first request."""

    status: int
    body: bytes
    location: str | None


class IdempotencyStore:
    """Reads and writes keys; the time `at` of each call decides what has expired. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, request: KeyedRequest, *, at: datetime) -> Hold | StoredAnswer | None:
        """The right to process a request, or its stored response; None while another request with it is in progress.

        Raises ConflictError when the key was used with a different body.
        """
        with self._engine.begin() as connection:
            connection.execute(delete(Key).where(Key.scope == request.scope, Key.expires_at <= at))
            return _take(connection, request, at) or _stored_answer(connection, request)

    def keep(self, hold: Hold, answer: StoredAnswer) -> None:
        """Store the response for repeated requests; does nothing when the hold was lost."""
        values = {"status": answer.status, "body": answer.body, "location": answer.location}
        with autocommit_connection(self._engine) as connection:
            connection.execute(update(Key).where(_held_by(hold)).values(values))

    def release(self, hold: Hold, *, at: datetime) -> None:
        """End a failed attempt that may have created something: the same request may be retried at once."""
        with autocommit_connection(self._engine) as connection:
            connection.execute(update(Key).where(_held_by(hold)).values(lease_until=at))

    def forget(self, hold: Hold) -> None:
        """Delete the key of a request that was refused and created nothing: it may be used with any body."""
        with autocommit_connection(self._engine) as connection:
            connection.execute(delete(Key).where(_held_by(hold)))

    def delete_expired(self, *, at: datetime) -> int:
        """Delete the expired keys and return their number."""
        with self._engine.begin() as connection:
            return connection.execute(delete(Key).where(Key.expires_at <= at)).rowcount


def _take(connection: Connection, request: KeyedRequest, at: datetime) -> Hold | None:
    """A hold on a key that is new or whose holder's lease has expired; None otherwise."""
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


def _stored_answer(connection: Connection, request: KeyedRequest) -> StoredAnswer | None:
    row = connection.execute(select(Key.__table__).where(Key.scope == request.scope)).first()
    if row is None:  # deleted since; the next attempt can take it
        return None
    if row.body_hash != request.body_hash:
        raise ConflictError("this Idempotency-Key was used with another body; use a new key for a new request")
    return StoredAnswer(status=row.status, body=row.body, location=row.location) if row.status else None


def _held_by(hold: Hold) -> ColumnElement[bool]:
    return (Key.scope == hold.scope) & (Key.holder == hold.holder) & Key.status.is_(None)
