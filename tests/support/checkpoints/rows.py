"""Checkpoints made by hand, and what the tables then hold."""

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
    """A checkpoint with these channel values; `versions` may name channels that are empty."""
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
    **metadata: Any,  # noqa: ANN401 metadata is whatever its writer likes
) -> RunnableConfig:
    """Put a checkpoint after the one that `config` names; every channel's version is 1 unless `versions` says."""
    told = dict.fromkeys(values or {}, 1) if versions is None else versions
    saved: Any = {"source": "loop", "step": 0, "parents": {}} | metadata
    return saver.put(config, checkpoint_of(values or {}, told), saved, dict(told))


def id_of(config: RunnableConfig | None) -> str:
    """The id of the checkpoint that a config names."""
    return str(config["configurable"]["checkpoint_id"]) if config else ""


def age(engine: Engine, *configs: RunnableConfig, made_at: datetime) -> None:
    """Let these checkpoints have been made at that time; all there are when none is named."""
    ids = [id_of(config) for config in configs]
    which = CheckpointRow.checkpoint_id.in_(ids) if ids else CheckpointRow.checkpoint_id.is_not(None)
    with engine.begin() as connection:
        connection.execute(update(CheckpointRow).where(which).values(created_at=made_at))


def row_counts(engine: Engine) -> tuple[int, int, int, int]:
    """How many checkpoints, namespaces, values and writes are stored."""
    with engine.connect() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES]
    return counts[0], counts[1], counts[2], counts[3]
