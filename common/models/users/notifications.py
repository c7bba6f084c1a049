"""Table `notifications`: what the owners of runs are told, one row for each event and target."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, Integer, String, Text, desc, text

from common.models.database import MOMENT, Base, column


class NotificationRow(Base):
    """One notification to one target of `user_email`; `id` is that of domain/notifications.

    `run_id` is NULL for a test. `seq` numbers the event in the run's journal, NULL for what is not in the journal.
    `next_try_at` is NULL once it was delivered or, with `refused_reason`, given up; while a worker delivers it, that
    is when another one may.
    """

    __tablename__ = "notifications"

    id: ColumnElement[str] = column(String(100), primary_key=True)
    target: ColumnElement[str] = column(String(20), primary_key=True)
    user_email: ColumnElement[str] = column(String(255))
    run_id: ColumnElement[str | None] = column(String(50), ForeignKey("runs.run_id"), nullable=True)
    seq: ColumnElement[int | None] = column(BigInteger, nullable=True)
    event: ColumnElement[str] = column(String(50))
    at: ColumnElement[datetime] = column(MOMENT)
    cause: ColumnElement[str | None] = column(Text, nullable=True)  # why a target was disabled
    attempts: ColumnElement[int] = column(Integer, server_default=text("0"))
    next_try_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    delivered_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    refused_reason: ColumnElement[str | None] = column(Text, nullable=True)

    __table_args__ = (
        Index("idx_notifications_next_try_at", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
        Index("idx_notifications_user_email_at", "user_email", desc("at")),
    )
