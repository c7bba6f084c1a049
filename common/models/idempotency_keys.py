"""Table `idempotency_keys`: requests that must take effect once, and the responses for their repetitions."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class IdempotencyKeyRow(Base):
    """One key of one caller at one URL; `scope` and `body_hash` are SHA-256 in hex.

    Without a `status`, `holder` is processing the request; its lease expires at `lease_until`. `creation_key` is the
    same for every attempt and is stored with the run that the request creates.
    """

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    creation_key: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    holder: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    lease_until: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    location: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index("idx_idempotency_keys_expires_at", "expires_at"),)
