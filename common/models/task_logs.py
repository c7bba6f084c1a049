"""Table `task_logs`: what tasks wrote, kept so that it is fetched once however many ask."""

from datetime import datetime

from sqlalchemy import ARRAY, Boolean, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class TaskLogRow(Base):
    """The output of one task as it was at `fetched_at`; once `is_final`, it will not be fetched again.

    `truncated` names those of stdout, stderr and log of which only the end is here. `source` is NULL when nothing was
    found anywhere.
    """

    __tablename__ = "task_logs"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(40), primary_key=True)
    stdout: Mapped[str] = mapped_column(Text)
    stderr: Mapped[str] = mapped_column(Text)
    log: Mapped[str | None] = mapped_column(Text)
    truncated: Mapped[list[str]] = mapped_column(ARRAY(Text))
    source: Mapped[str | None] = mapped_column(String(20))
    merged: Mapped[bool] = mapped_column(Boolean)
    is_final: Mapped[bool] = mapped_column(Boolean)
    fetched_at: Mapped[datetime]
