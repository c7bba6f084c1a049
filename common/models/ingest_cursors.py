"""Table `ingest_cursors`: how far each file of a run has been read into Postgres."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class IngestCursorRow(Base):
    """The position in one file; updated in the same transaction as the rows that were read.

    `byte_offset` bytes of `generation` have been read. `boundary` is the checksum of the last of them and distinguishes
    a restarted file from one that has grown. `reader` is the state of the reader (its open record). `skipped` holds the
    newest unreadable lines with the reasons, `skipped_count` the number of all.
    """

    __tablename__ = "ingest_cursors"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    file: Mapped[str] = mapped_column(String(40), primary_key=True)
    generation: Mapped[int] = mapped_column(BigInteger)
    byte_offset: Mapped[int] = mapped_column(BigInteger)
    boundary: Mapped[str] = mapped_column(Text)
    beginning: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))
    part: Mapped[int] = mapped_column(Integer)
    next_number: Mapped[int] = mapped_column(BigInteger)
    reader: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]
    skipped: Mapped[list[dict[str, Any]]]
    skipped_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
