"""Table `task_summaries`: summaries of the tasks of runs, one row per run."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, String, true
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class TaskSummaryRow(Base):
    """The summary of the rows in `tasks`, computed again from `due_at` on once they have changed (`is_stale`).

    Not in `runs`, because lists of runs do not show it and it may have a hundred processes.
    """

    __tablename__ = "task_summaries"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    summary: Mapped[dict[str, Any]]
    is_stale: Mapped[bool] = mapped_column(Boolean, server_default=true())
    due_at: Mapped[datetime | None]
