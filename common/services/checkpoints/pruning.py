"""CheckpointPruning: deletes conversations after 30 days. It does not need LangGraph to be installed."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, literal, select, tuple_

from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write
from common.services.checkpoints.deletion import delete_checkpoints, has_newer, needs_ancestors
from common.services.checkpoints.locks import try_lock_exclusive

LIFETIME = timedelta(days=30)
_THREADS_PER_BATCH = 20
_BATCHES = 25  # at most in one call, which bounds its time; the next call continues
_WRITES_PER_BATCH = 1000


class CheckpointPruning:
    """Deletes checkpoints older than 30 days, with their values and writes, unless a younger one needs them.

    A conversation without a checkpoint in 30 days is deleted completely. In an active one, old checkpoints are deleted
    except the newest of each graph and subgraph, from which it continues; all are kept while a DeltaChannel builds its
    value from earlier ones. Values that a younger checkpoint shares are kept (see `deletion`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delete_expired(self, *, at: datetime) -> int:
        """Delete a bounded number of checkpoints that are expired at that time; return how many were deleted.

        Conversations that are being saved to are left for the next call. Raises UnavailableError.
        """
        before = at - LIFETIME
        deleted = 0
        for _ in range(_BATCHES):
            batch = self._delete_batch(before)
            deleted += batch
            if not batch:
                break
        self._delete_stray_writes(before)
        return deleted

    def _delete_batch(self, before: datetime) -> int:
        expired = _is_expired(before)
        with self._engine.begin() as connection:
            found = select(Checkpoint.thread_id).where(expired).distinct().limit(_THREADS_PER_BATCH)
            free = try_lock_exclusive(connection, connection.scalars(found).all())
            # A conversation may have continued before we locked it, so the condition is checked again.
            return delete_checkpoints(connection, free, expired) if free else 0

    def _delete_stray_writes(self, before: datetime) -> None:
        """Delete old writes without a checkpoint: it was never saved, or was deleted before they came."""
        is_saved = exists(
            select(literal(1)).where(
                Checkpoint.thread_id == Write.thread_id, Checkpoint.checkpoint_id == Write.checkpoint_id
            )
        )
        stray = select(Write.thread_id, Write.checkpoint_id, Write.task_id, Write.idx)
        stray = stray.where(Write.created_at < before, ~is_saved).limit(_WRITES_PER_BATCH)
        key = tuple_(Write.thread_id, Write.checkpoint_id, Write.task_id, Write.idx)
        with self._engine.begin() as connection:
            connection.execute(delete(Write).where(key.in_(stray)))


def _is_expired(before: datetime) -> ColumnElement[bool]:
    young = Checkpoint.__table__.alias().c
    is_active = exists(select(literal(1)).where(young.thread_id == Checkpoint.thread_id, young.created_at >= before))
    return (Checkpoint.created_at < before) & (~is_active | (has_newer() & ~needs_ancestors()))
