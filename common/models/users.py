"""Table `users`: the users with their preferences and run statistics."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, desc, func, text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class UserRow(Base):
    """One user; `stats` holds total_runs, successful_runs and total_samples_processed."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(255), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    last_login_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    stats: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))

    __table_args__ = (Index("idx_users_last_login_at", desc("last_login_at")),)
