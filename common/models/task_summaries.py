"""Table `task_summaries`: summaries of the tasks of runs, one row per run."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, ForeignKey, String, true

from common.models.database import JSON_VALUE, MOMENT, Base, column


class TaskSummaryRow(Base):
    """The summary of the rows in `tasks`, computed again from `due_at` on once they have changed (`is_stale`).

    Not in `runs`, because lists of runs do not show it and it may have a hundred processes.
    """

    __tablename__ = "task_summaries"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    summary: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    is_stale: ColumnElement[bool] = column(Boolean, server_default=true())
    due_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
