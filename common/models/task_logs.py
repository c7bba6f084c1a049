"""Table `task_logs`: the fetched output of tasks, so that concurrent requests fetch it once."""

from datetime import datetime

from sqlalchemy import ARRAY, Boolean, ColumnElement, ForeignKey, String, Text

from common.models.database import MOMENT, Base, column


class TaskLogRow(Base):
    """The output of one task at `fetched_at`; when `is_final`, it is not fetched again.

    `hash` is the task's key, as in `tasks`. `truncated` names those of stdout, stderr, log and command that are cut
    to their ends. `source` is NULL when no output was found.
    """

    __tablename__ = "task_logs"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    hash: ColumnElement[str] = column(String(40), primary_key=True)
    stdout: ColumnElement[str] = column(Text)
    stderr: ColumnElement[str] = column(Text)
    log: ColumnElement[str | None] = column(Text, nullable=True)
    truncated: ColumnElement[list[str]] = column(ARRAY(Text))
    source: ColumnElement[str | None] = column(String(20), nullable=True)
    merged: ColumnElement[bool] = column(Boolean)
    is_final: ColumnElement[bool] = column(Boolean)
    fetched_at: ColumnElement[datetime] = column(MOMENT)
    command: ColumnElement[str | None] = column(Text, nullable=True)
