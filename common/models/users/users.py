"""Table `users`: the users with their preferences and run statistics."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Index, String, desc, func, text

from common.models.database import JSON_VALUE, MOMENT, Base, column


class UserRow(Base):
    """One user; `stats` holds total_runs, successful_runs and total_samples_processed."""

    __tablename__ = "users"

    email: ColumnElement[str] = column(String(255), primary_key=True)
    display_name: ColumnElement[str] = column(String(255))
    created_at: ColumnElement[datetime | None] = column(MOMENT, server_default=func.now(), nullable=True)
    last_login_at: ColumnElement[datetime | None] = column(MOMENT, server_default=func.now(), nullable=True)
    preferences: ColumnElement[dict[str, Any]] = column(JSON_VALUE, server_default=text("'{}'::jsonb"))
    stats: ColumnElement[dict[str, Any]] = column(JSON_VALUE, server_default=text("'{}'::jsonb"))

    __table_args__ = (Index("idx_users_last_login_at", desc("last_login_at")),)
