"""A lock per conversation, held until the transaction ends: shared to save, exclusive to delete.

A checkpoint refers to values that earlier ones stored. If they were deleted between the check for them and the commit,
the conversation would silently lose part of its memory.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from common.services.postgres.json_rows import json_rows

_SEED = 0x636865636B  # separates these keys from other advisory locks


def lock_shared(connection: Connection, thread_ids: Collection[str]) -> None:
    """Wait for deletions from these conversations to end, and block new ones."""
    _lock(connection, thread_ids, "pg_advisory_xact_lock_shared")


def lock_exclusive(connection: Connection, thread_ids: Collection[str]) -> None:
    """Wait for all work on these conversations to end, and block new work."""
    _lock(connection, thread_ids, "pg_advisory_xact_lock")


def try_lock_exclusive(connection: Connection, thread_ids: Collection[str]) -> Sequence[str]:
    """Lock those of the conversations that are not locked elsewhere, and return them."""
    thread = json_rows({"id": str}, [(thread_id,) for thread_id in thread_ids])
    is_free = func.pg_try_advisory_xact_lock(func.hashtextextended(thread.c.id, _SEED))
    return connection.scalars(select(thread.c.id).where(is_free)).all()


def _lock(connection: Connection, thread_ids: Collection[str], lock: str) -> None:
    """Lock in a fixed order, so that two transactions cannot deadlock."""
    thread = json_rows({"id": str}, [(thread_id,) for thread_id in thread_ids])
    key = func.hashtextextended(thread.c.id, _SEED).label("key")
    keys = select(key).distinct().order_by(key).subquery()
    connection.execute(select(getattr(func, lock)(keys.c.key)))
