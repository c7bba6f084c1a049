"""Deleting checkpoints with what belongs to them, and with nothing that another one still needs.

Values are shared: a checkpoint refers to what an earlier one stored for every channel that has not changed since. They
are deleted when no checkpoint is left that refers to them.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, delete, exists, func, literal, select, update
from sqlalchemy.orm import aliased

from common.models.checkpoints import CheckpointBlobRow as Blob
from common.models.checkpoints import CheckpointNamespaceRow as Namespace
from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write

# LangGraph counts in the metadata what a DeltaChannel needs of earlier checkpoints, unless it needs none.
_NEEDS_ANCESTORS = "counters_since_delta_snapshot"


def delete_threads(connection: Connection, thread_ids: Collection[str]) -> None:
    """Delete everything of these conversations. The caller has locked them."""
    connection.execute(delete(Checkpoint).where(Checkpoint.thread_id.in_(thread_ids)))
    connection.execute(delete(Write).where(Write.thread_id.in_(thread_ids)))
    connection.execute(delete(Blob).where(Blob.thread_id.in_(thread_ids)))


def delete_checkpoints(connection: Connection, thread_ids: Collection[str], which: ColumnElement[bool]) -> int:
    """Delete those checkpoints of these conversations that meet a condition on `CheckpointRow`; how many there were.

    Those that are left and came after a deleted one have no parent any more. The caller has locked the conversations.
    """
    gone = (
        delete(Checkpoint)
        .where(Checkpoint.thread_id.in_(thread_ids), which)
        .returning(Checkpoint.thread_id, Checkpoint.checkpoint_id)
        .cte("gone")
    )
    their_writes = delete(Write).where(Write.thread_id == gone.c.thread_id, Write.checkpoint_id == gone.c.checkpoint_id)
    counted = select(func.count()).select_from(gone).add_cte(their_writes.cte("gone_writes"))
    count = connection.execute(counted).scalar_one()
    if count:
        _forget_parents(connection, thread_ids)
        _delete_unneeded_values(connection, thread_ids)
    return count


def is_followed() -> ColumnElement[bool]:
    """Whether the same graph of the conversation has a newer checkpoint."""
    mine, newer = aliased(Namespace), aliased(Namespace)
    return exists(
        select(literal(1))
        .select_from(mine)
        .join(newer, (newer.thread_id == mine.thread_id) & (newer.checkpoint_ns == mine.checkpoint_ns))
        .where(
            mine.thread_id == Checkpoint.thread_id,
            mine.checkpoint_id == Checkpoint.checkpoint_id,
            newer.checkpoint_id > mine.checkpoint_id,
        )
    )


def needs_ancestors() -> ColumnElement[bool]:
    """Whether the conversation has checkpoints that are not whole without earlier ones (LangGraph's DeltaChannel)."""
    some = aliased(Checkpoint)
    return exists(
        select(literal(1)).where(
            some.thread_id == Checkpoint.thread_id, some.checkpoint_metadata.has_key(_NEEDS_ANCESTORS)
        )
    )


def _forget_parents(connection: Connection, thread_ids: Collection[str]) -> None:
    parent = aliased(Checkpoint)
    is_there = exists(
        select(literal(1)).where(
            parent.thread_id == Checkpoint.thread_id, parent.checkpoint_id == Checkpoint.parent_checkpoint_id
        )
    )
    orphans = Checkpoint.thread_id.in_(thread_ids) & Checkpoint.parent_checkpoint_id.is_not(None) & ~is_there
    connection.execute(update(Checkpoint).where(orphans).values(parent_checkpoint_id=None))


def _delete_unneeded_values(connection: Connection, thread_ids: Collection[str]) -> None:
    version = func.jsonb_each_text(Checkpoint.checkpoint["channel_versions"]).table_valued("key", "value")
    needed = (
        select(Checkpoint.thread_id, Namespace.checkpoint_ns, version.c.key, version.c.value)
        .select_from(Checkpoint)
        .join(
            Namespace,
            (Namespace.thread_id == Checkpoint.thread_id) & (Namespace.checkpoint_id == Checkpoint.checkpoint_id),
        )
        .join(version, literal(value=True))
        .where(Checkpoint.thread_id.in_(thread_ids))
        .cte("needed")
    )
    is_needed = exists(
        select(literal(1)).where(
            needed.c.thread_id == Blob.thread_id,
            needed.c.checkpoint_ns == Blob.checkpoint_ns,
            needed.c.key == Blob.channel,
            needed.c.value == Blob.version,
        )
    )
    connection.execute(delete(Blob).where(Blob.thread_id.in_(thread_ids), ~is_needed))
