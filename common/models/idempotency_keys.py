"""Table `idempotency_keys`: requests that must take effect once, and the responses for their repetitions."""

from datetime import datetime

from sqlalchemy import ColumnElement, Index, Integer, LargeBinary, String, Text, Uuid

from common.models.database import MOMENT, Base, column


class IdempotencyKeyRow(Base):
    """One key of one caller at one URL; `scope` and `body_hash` are SHA-256 in hex.

    Without a `status`, `holder` is processing the request; its lease expires at `lease_until`. `creation_key` is the
    same for every attempt and is stored with the run that the request creates.
    """

    __tablename__ = "idempotency_keys"

    scope: ColumnElement[str] = column(String(64), primary_key=True)
    body_hash: ColumnElement[str] = column(String(64))
    creation_key: ColumnElement[str] = column(Uuid(as_uuid=False))
    holder: ColumnElement[str] = column(Uuid(as_uuid=False))
    lease_until: ColumnElement[datetime] = column(MOMENT)
    expires_at: ColumnElement[datetime] = column(MOMENT)
    status: ColumnElement[int | None] = column(Integer, nullable=True)
    body: ColumnElement[bytes | None] = column(LargeBinary, nullable=True)
    location: ColumnElement[str | None] = column(Text, nullable=True)

    __table_args__ = (Index("idx_idempotency_keys_expires_at", "expires_at"),)
