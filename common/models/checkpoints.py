"""Table `checkpoints`: the state of LangGraph conversations, stored through our own saver only."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class CheckpointRow(Base):
    """One checkpoint of one conversation (thread)."""

    __tablename__ = "checkpoints"

    thread_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    checkpoint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    parent_checkpoint_id: Mapped[str | None] = mapped_column(String(100))
    checkpoint: Mapped[dict[str, Any]]
    # SQLAlchemy keeps the attribute name `metadata` for itself.
    checkpoint_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
