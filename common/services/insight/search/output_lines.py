"""OutputLines: keeps what the failed tasks of a run printed, so that it can be searched."""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine, func, select

from common.domain.insight.search import SearchLine, last_lines
from common.domain.runs.log_key import LogKey
from common.domain.runs.run import Run
from common.domain.tasks.output import task_id_of
from common.domain.tasks.task import Task
from common.models.tasks import TaskRow
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.insight.search.lines import keep_lines
from common.services.postgres.engine import read

_MOST_TASKS: Final = 20


class OutputLines:
    """Stores what failed tasks printed. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def failed_tasks(self, run_id: str) -> list[Task]:
        """The tasks of a run that failed last, at most 20."""
        newest = (TaskRow.end_time.desc().nulls_last(), TaskRow.hash)
        failed = stored_tasks().where(TaskRow.run_id == run_id, TaskRow.is_failed).order_by(*newest).limit(_MOST_TASKS)
        rows = read(self._engine, lambda connection: connection.execute(failed).all())
        return [task_from(row) for row in rows]

    def keep(self, run: Run, task: Task, output: str, *, at: datetime) -> None:
        """Store the last lines of what a task printed; `at` stands for its end if that is unknown."""
        lines = [SearchLine(task_id_of(task), number, task.end_time, None, line) for number, line in last_lines(output)]
        key = LogKey.of(run.run_id, run.created_at)
        with self._engine.begin() as connection:
            connection.execute(select(func.make_entry_month(key.month)))
            keep_lines(connection, key, run.user_email, lines, at=at)
