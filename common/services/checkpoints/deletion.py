"""Deletes checkpoints with their writes, and with the values that no remaining checkpoint refers to.

Checkpoints share values: for a channel that has not changed, a checkpoint refers to the value an earlier one stored.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, delete, exists, func, literal, select, update

from common.models.checkpoints import CheckpointBlobRow as Blob
from common.models.checkpoints import CheckpointNamespaceRow as Namespace
from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write

# The metadata key under which LangGraph counts the earlier checkpoints that a DeltaChannel needs; absent if none.
_NEEDS_ANCESTORS = "counters_since_delta_snapshot"


def delete_threads(connection: Connection, thread_ids: Collection[str]) -> None:
    """Delete these conversations completely. The caller holds their exclusive locks."""
    connection.execute(delete(Checkpoint).where(Checkpoint.thread_id.in_(thread_ids)))
    connection.execute(delete(Write).where(Write.thread_id.in_(thread_ids)))
    connection.execute(delete(Blob).where(Blob.thread_id.in_(thread_ids)))


def delete_checkpoints(connection: Connection, thread_ids: Collection[str], condition: ColumnElement[bool]) -> int:
    """Delete the checkpoints of these conversations that meet a condition on `CheckpointRow`; return their number.

    A remaining checkpoint whose parent was deleted has no parent any more. The caller holds the exclusive locks.
    """
    deleted = (
        delete(Checkpoint)
        .where(Checkpoint.thread_id.in_(thread_ids), condition)
        .returning(Checkpoint.thread_id, Checkpoint.checkpoint_id)
        .cte("deleted")
    )
    writes = delete(Write).where(Write.thread_id == deleted.c.thread_id, Write.checkpoint_id == deleted.c.checkpoint_id)
    counted = select(func.count()).select_from(deleted).add_cte(writes.cte("deleted_writes"))
    count = connection.execute(counted).scalar_one()
    if count:
        _clear_missing_parents(connection, thread_ids)
        _delete_unreferenced_values(connection, thread_ids)
    return count


def has_newer() -> ColumnElement[bool]:
    """Condition: the same graph of the conversation has a newer checkpoint."""
    of_mine, of_newer = Namespace.__table__.alias(), Namespace.__table__.alias()
    mine, newer = of_mine.c, of_newer.c
    return exists(
        select(literal(1))
        .select_from(of_mine)
        .join(of_newer, (newer.thread_id == mine.thread_id) & (newer.checkpoint_ns == mine.checkpoint_ns))
        .where(
            mine.thread_id == Checkpoint.thread_id,
            mine.checkpoint_id == Checkpoint.checkpoint_id,
            newer.checkpoint_id > mine.checkpoint_id,
        )
    )


def needs_ancestors() -> ColumnElement[bool]:
    """Condition: the conversation has checkpoints that depend on earlier ones (LangGraph's DeltaChannel)."""
    dependent = Checkpoint.__table__.alias().c
    return exists(
        select(literal(1)).where(
            dependent.thread_id == Checkpoint.thread_id, dependent.metadata.has_key(_NEEDS_ANCESTORS)
        )
    )


def _clear_missing_parents(connection: Connection, thread_ids: Collection[str]) -> None:
    parent = Checkpoint.__table__.alias().c
    has_parent = exists(
        select(literal(1)).where(
            parent.thread_id == Checkpoint.thread_id, parent.checkpoint_id == Checkpoint.parent_checkpoint_id
        )
    )
    orphans = Checkpoint.thread_id.in_(thread_ids) & Checkpoint.parent_checkpoint_id.is_not(None) & ~has_parent
    connection.execute(update(Checkpoint).where(orphans).values(parent_checkpoint_id=None))


def _delete_unreferenced_values(connection: Connection, thread_ids: Collection[str]) -> None:
    version = func.jsonb_each_text(Checkpoint.checkpoint["channel_versions"]).table_valued("key", "value")
    referenced = (
        select(Checkpoint.thread_id, Namespace.checkpoint_ns, version.c.key, version.c.value)
        .select_from(Checkpoint)
        .join(
            Namespace,
            (Namespace.thread_id == Checkpoint.thread_id) & (Namespace.checkpoint_id == Checkpoint.checkpoint_id),
        )
        .join(version, literal(value=True))
        .where(Checkpoint.thread_id.in_(thread_ids))
        .cte("referenced")
    )
    is_referenced = exists(
        select(literal(1)).where(
            referenced.c.thread_id == Blob.thread_id,
            referenced.c.checkpoint_ns == Blob.checkpoint_ns,
            referenced.c.key == Blob.channel,
            referenced.c.value == Blob.version,
        )
    )
    connection.execute(delete(Blob).where(Blob.thread_id.in_(thread_ids), ~is_referenced))
