"""Table `log_entries`: one row per record of a run's nextflow.log, numbered from 0 in file order."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class LogEntryRow(Base):
    """One record. `part` counts how often the file was restarted; the byte range is [byte_start, byte_end).

    No foreign key to runs: checking it would slow down copying millions of rows, and runs are never deleted.
    """

    __tablename__ = "log_entries"

    run_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    part: Mapped[int] = mapped_column(Integer)
    byte_start: Mapped[int] = mapped_column(BigInteger)
    byte_end: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[datetime | None]
    level: Mapped[str | None] = mapped_column(String(10))
    thread: Mapped[str | None] = mapped_column(Text)
    logger: Mapped[str | None] = mapped_column(Text)
    message: Mapped[str] = mapped_column(Text)

    # Warnings and errors are rare; entries of the other levels are frequent enough to be found without an index.
    __table_args__ = (
        Index("idx_log_entries_warnings", "run_id", "number", postgresql_where=text("level IN ('WARN', 'ERROR')")),
    )
