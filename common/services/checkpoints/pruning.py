"""CheckpointPruning: conversations are forgotten 30 days after they were had, without LangGraph being there for it."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, exists, literal, select, tuple_
from sqlalchemy.orm import aliased

from common.models.checkpoints import CheckpointRow as Checkpoint
from common.models.checkpoints import CheckpointWriteRow as Write
from common.services.checkpoints.deletion import delete_checkpoints, is_followed, needs_ancestors
from common.services.checkpoints.locks import take_free_threads

LIFETIME = timedelta(days=30)
_THREADS_PER_BATCH = 20
_BATCHES = 25  # at most, so that no request for it takes for ever: the next one goes on
_WRITES_PER_BATCH = 1000


class CheckpointPruning:
    """Deletes checkpoints older than 30 days, with their values and writes, unless something younger needs them.

    A conversation that has been still for 30 days goes as a whole. Of one that goes on, old checkpoints go, but for the
    newest of each graph and subgraph: it goes on from those. All stay while a DeltaChannel puts its value together from
    earlier checkpoints. What a younger checkpoint shares with a deleted one stays (see `checkpoint_deletion`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def delete_expired(self, *, at: datetime) -> int:
        """Delete what is too old at that time, a bounded part of it at once; how many checkpoints it were.

        A conversation that is being saved to is left for the next time. Raises UnavailableError.
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
            free = take_free_threads(connection, connection.scalars(found).all())
            # Somebody may have gone on with one of them until we had the locks, so the condition is asked again.
            return delete_checkpoints(connection, free, expired) if free else 0

    def _delete_stray_writes(self, before: datetime) -> None:
        """What was written for a checkpoint that never came, or has gone: no deletion of a checkpoint finds it."""
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
    young = aliased(Checkpoint)
    goes_on = exists(select(literal(1)).where(young.thread_id == Checkpoint.thread_id, young.created_at >= before))
    return (Checkpoint.created_at < before) & (~goes_on | (is_followed() & ~needs_ancestors()))
