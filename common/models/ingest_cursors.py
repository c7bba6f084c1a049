"""Table `ingest_cursors`: how far each file of a run has been read into Postgres."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Integer, LargeBinary, String, Text, func, text

from common.models.database import JSON_VALUE, MOMENT, Base, column


class IngestCursorRow(Base):
    """The position in one file; updated in the same transaction as the rows that were read.

    `byte_offset` bytes of `generation` have been read. `boundary` is the checksum of the last of them and distinguishes
    a restarted file from one that has grown. `reader` is the state of the reader (its open record). `skipped` holds the
    newest unreadable lines with the reasons, `skipped_count` the number of all.
    """

    __tablename__ = "ingest_cursors"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    file: ColumnElement[str] = column(String(40), primary_key=True)
    generation: ColumnElement[int] = column(BigInteger)
    byte_offset: ColumnElement[int] = column(BigInteger)
    boundary: ColumnElement[str] = column(Text)
    beginning: ColumnElement[bytes] = column(LargeBinary, server_default=text("''"))
    part: ColumnElement[int] = column(Integer)
    next_number: ColumnElement[int] = column(BigInteger)
    reader: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    summary: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    skipped: ColumnElement[list[dict[str, Any]]] = column(JSON_VALUE)
    skipped_count: ColumnElement[int] = column(Integer, server_default=text("0"))
    updated_at: ColumnElement[datetime] = column(MOMENT, server_default=func.now())
