"""Table `task_logs`: the fetched output of tasks, so that concurrent requests fetch it once."""

from datetime import datetime

from sqlalchemy import ARRAY, Boolean, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class TaskLogRow(Base):
    """The output of one task at `fetched_at`; when `is_final`, it is not fetched again.

    `hash` is the task's key, as in `tasks`. `truncated` names those of stdout, stderr and log that are cut to their
    ends. `source` is NULL when no output was found.
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
