"""A lock for each conversation, held until the transaction ends: whoever saves shares it, whoever deletes has it alone.

A checkpoint refers to values that earlier ones have stored. Were they deleted between the look for them and the saving
of what needs them, a conversation would lose part of its memory, and nobody would be told.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from common.services.postgres.json_rows import json_rows

_OURS = 0x636865636B  # keeps clear of advisory locks that other code may take


def share_threads(connection: Connection, thread_ids: Collection[str]) -> None:
    """Wait until nobody deletes from these conversations, and keep them from it."""
    _lock(connection, thread_ids, "pg_advisory_xact_lock_shared")


def take_threads(connection: Connection, thread_ids: Collection[str]) -> None:
    """Wait until nobody saves to or deletes from these conversations, and keep them from it."""
    _lock(connection, thread_ids, "pg_advisory_xact_lock")


def take_free_threads(connection: Connection, thread_ids: Collection[str]) -> Sequence[str]:
    """Those of the conversations that nobody is busy with; they are ours then."""
    thread = json_rows({"id": str}, [(thread_id,) for thread_id in thread_ids])
    is_free = func.pg_try_advisory_xact_lock(func.hashtextextended(thread.c.id, _OURS))
    return connection.scalars(select(thread.c.id).where(is_free)).all()


def _lock(connection: Connection, thread_ids: Collection[str], lock: str) -> None:
    """Always in the same order, so that two who want the same ones do not wait for each other."""
    thread = json_rows({"id": str}, [(thread_id,) for thread_id in thread_ids])
    key = func.hashtextextended(thread.c.id, _OURS).label("key")
    keys = select(key).distinct().order_by(key).subquery()
    connection.execute(select(getattr(func, lock)(keys.c.key)))
