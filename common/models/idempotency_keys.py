"""Table `idempotency_keys`: requests that must have their effect once, and the answers to repeat to their twins."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class IdempotencyKeyRow(Base):
    """One key of one caller at one address; `scope` and `body_hash` are SHA-256 in hex.

    Without a `status` the request is being worked on by `holder`, who is believed dead after `lease_until`.
    `creation_key` stays the same for every try, and goes into what the request creates.
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
