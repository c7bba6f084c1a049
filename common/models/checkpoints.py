"""Table `checkpoints` and three related tables: the state of LangGraph conversations, written by our saver only.

Texts in all four are escaped by `common.services.checkpoints.encoding`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Text, func

from common.models.database import JSON_VALUE, MOMENT, Base, column


class CheckpointRow(Base):
    """One checkpoint of one conversation (thread).

    `checkpoint` is LangGraph's dictionary. Of its `channel_values` it holds numbers, booleans and short texts; the
    other values are in `checkpoint_blobs`.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (Index("idx_checkpoints_created_at", "created_at"),)

    thread_id: ColumnElement[str] = column(String(100), primary_key=True)
    checkpoint_id: ColumnElement[str] = column(String(100), primary_key=True)
    parent_checkpoint_id: ColumnElement[str | None] = column(String(100), nullable=True)
    checkpoint: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    # The name `metadata` is taken: it is that of all tables.
    checkpoint_metadata: ColumnElement[dict[str, Any] | None] = column("metadata", JSON_VALUE, nullable=True)
    created_at: ColumnElement[datetime | None] = column(MOMENT, server_default=func.now(), nullable=True)


class CheckpointNamespaceRow(Base):
    """The graph of a checkpoint: the empty namespace is the root graph, others are its subgraphs."""

    __tablename__ = "checkpoint_namespaces"
    __table_args__ = (
        ForeignKeyConstraint(
            ["thread_id", "checkpoint_id"], ["checkpoints.thread_id", "checkpoints.checkpoint_id"], ondelete="CASCADE"
        ),
        Index("idx_checkpoint_namespaces_newest", "thread_id", "checkpoint_ns", "checkpoint_id"),
    )

    thread_id: ColumnElement[str] = column(String(100), primary_key=True)
    checkpoint_id: ColumnElement[str] = column(String(100), primary_key=True)
    checkpoint_ns: ColumnElement[str] = column(Text)


class CheckpointBlobRow(Base):
    """One version of a channel's value, shared by every checkpoint whose `channel_versions` name it.

    `blob` and `type` are the output of LangGraph's serializer. A channel without a row is empty.
    """

    __tablename__ = "checkpoint_blobs"

    thread_id: ColumnElement[str] = column(String(100), primary_key=True)
    checkpoint_ns: ColumnElement[str] = column(Text, primary_key=True)
    channel: ColumnElement[str] = column(Text, primary_key=True)
    version: ColumnElement[str] = column(Text, primary_key=True)
    type: ColumnElement[str] = column(Text)
    blob: ColumnElement[bytes] = column(LargeBinary)


class CheckpointWriteRow(Base):
    """A value that a task wrote between a checkpoint and the next one.

    LangGraph may save it before the checkpoint itself, so there is no foreign key. A negative `idx` marks values that a
    task has at most once: an error, an interrupt, a resume value.
    """

    __tablename__ = "checkpoint_writes"
    __table_args__ = (Index("idx_checkpoint_writes_created_at", "created_at"),)

    thread_id: ColumnElement[str] = column(String(100), primary_key=True)
    checkpoint_id: ColumnElement[str] = column(String(100), primary_key=True)
    task_id: ColumnElement[str] = column(Text, primary_key=True)
    idx: ColumnElement[int] = column(Integer, primary_key=True, autoincrement=False)
    task_path: ColumnElement[str] = column(Text)
    channel: ColumnElement[str] = column(Text)
    type: ColumnElement[str] = column(Text)
    blob: ColumnElement[bytes] = column(LargeBinary)
    created_at: ColumnElement[datetime] = column(MOMENT, server_default=func.now())
