"""Table `checkpoints` and three related tables: the state of LangGraph conversations, written by our saver only.

Texts in all four are escaped by `common.services.checkpoints.encoding`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Integer, LargeBinary, String, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class CheckpointRow(Base):
    """One checkpoint of one conversation (thread).

    `checkpoint` is LangGraph's dictionary. Of its `channel_values` it holds numbers, booleans and short texts; the
    other values are in `checkpoint_blobs`.
    """

    __tablename__ = "checkpoints"
    __table_args__ = (Index("idx_checkpoints_created_at", "created_at"),)

    thread_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    parent_checkpoint_id: Mapped[str | None] = mapped_column(String(100))
    checkpoint: Mapped[dict[str, Any]]
    # The attribute name `metadata` is reserved by SQLAlchemy.
    checkpoint_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now())


class CheckpointNamespaceRow(Base):
    """The graph of a checkpoint: the empty namespace is the root graph, others are its subgraphs."""

    __tablename__ = "checkpoint_namespaces"
    __table_args__ = (
        ForeignKeyConstraint(
            ["thread_id", "checkpoint_id"], ["checkpoints.thread_id", "checkpoints.checkpoint_id"], ondelete="CASCADE"
        ),
        Index("idx_checkpoint_namespaces_newest", "thread_id", "checkpoint_ns", "checkpoint_id"),
    )

    thread_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_ns: Mapped[str] = mapped_column(Text)


class CheckpointBlobRow(Base):
    """One version of a channel's value, shared by every checkpoint whose `channel_versions` name it.

    `blob` and `type` are the output of LangGraph's serializer. A channel without a row is empty.
    """

    __tablename__ = "checkpoint_blobs"

    thread_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_ns: Mapped[str] = mapped_column(Text, primary_key=True)
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[str] = mapped_column(Text, primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    blob: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointWriteRow(Base):
    """A value that a task wrote between a checkpoint and the next one.

    LangGraph may save it before the checkpoint itself, so there is no foreign key. A negative `idx` marks values that a
    task has at most once: an error, an interrupt, a resume value.
    """

    __tablename__ = "checkpoint_writes"
    __table_args__ = (Index("idx_checkpoint_writes_created_at", "created_at"),)

    thread_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    task_id: Mapped[str] = mapped_column(Text, primary_key=True)
    idx: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    task_path: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
