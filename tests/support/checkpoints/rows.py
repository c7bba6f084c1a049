"""Creates checkpoints, and counts the rows of their tables."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint
from langgraph.checkpoint.base.id import uuid6
from sqlalchemy import Engine, func, select, update

from common.models.checkpoints import CheckpointBlobRow, CheckpointNamespaceRow, CheckpointRow, CheckpointWriteRow

TABLES = (CheckpointRow, CheckpointNamespaceRow, CheckpointBlobRow, CheckpointWriteRow)


def checkpoint_of(values: Mapping[str, Any], versions: Mapping[str, Any], checkpoint_id: str = "") -> Checkpoint:
    """A checkpoint with these channel values; `versions` may include empty channels."""
    return Checkpoint(
        v=4,
        id=checkpoint_id or str(uuid6(clock_seq=0)),
        ts="2025-06-01T12:00:00+00:00",
        channel_values=dict(values),
        channel_versions=dict(versions),
        versions_seen={},
        updated_channels=None,
    )


def save(
    saver: BaseCheckpointSaver[str],
    config: RunnableConfig,
    values: Mapping[str, Any] | None = None,
    versions: Mapping[str, Any] | None = None,
    **metadata: Any,  # noqa: ANN401 metadata is any JSON
) -> RunnableConfig:
    """Save a checkpoint after that of `config`; without `versions`, every channel has version 1."""
    versions = dict.fromkeys(values or {}, 1) if versions is None else versions
    saved: Any = {"source": "loop", "step": 0, "parents": {}} | metadata
    return saver.put(config, checkpoint_of(values or {}, versions), saved, dict(versions))


def id_of(config: RunnableConfig | None) -> str:
    """The checkpoint id in a config; empty without a config."""
    return str(config["configurable"]["checkpoint_id"]) if config else ""


def age(engine: Engine, *configs: RunnableConfig, made_at: datetime) -> None:
    """Set the creation time of the checkpoints in `configs`, or of all checkpoints without `configs`."""
    ids = [id_of(config) for config in configs]
    which = CheckpointRow.checkpoint_id.in_(ids) if ids else CheckpointRow.checkpoint_id.is_not(None)
    with engine.begin() as connection:
        connection.execute(update(CheckpointRow).where(which).values(created_at=made_at))


def row_counts(engine: Engine) -> tuple[int, int, int, int]:
    """The numbers of stored checkpoints, namespaces, values and writes."""
    with engine.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES]
    return counts[0], counts[1], counts[2], counts[3]
