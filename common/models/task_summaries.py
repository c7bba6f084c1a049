"""Table `task_summaries`: what the tasks of a run amount to, one row per run."""

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class TaskSummaryRow(Base):
    """Written when the run's files have been read, and when its tasks change otherwise; the tasks are the truth.

    Apart from `runs`, because lists of runs do not show it and runs may have a hundred processes.
    """

    __tablename__ = "task_summaries"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    summary: Mapped[dict[str, Any]]
