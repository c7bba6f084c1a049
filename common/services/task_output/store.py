"""TaskOutputStore: the table `task_logs`, with the latest fetched output of tasks."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.tasks.output import OutputSource, TaskOutput
from common.models.task_logs import TaskLogRow
from common.services.postgres.engine import autocommit_connection, read

KEPT_FOR: Final = timedelta(days=90)  # it can be fetched again from the work directory or Cloud Logging while they last
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """Output fetched at `fetched_at`; final when fetching again cannot find more."""

    output: TaskOutput
    is_final: bool
    fetched_at: datetime


class TaskOutputStore:
    """Reads and writes the output of tasks. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, run_id: str, task_hash: str) -> StoredOutput | None:
        """The stored output of a task; None when it was never fetched."""
        statement = select(TaskLogRow.__table__).where(TaskLogRow.run_id == run_id, TaskLogRow.hash == task_hash)
        row = read(self._engine, lambda connection: connection.execute(statement).first())
        if row is None:
            return None
        output = TaskOutput(
            stdout=row.stdout,
            stderr=row.stderr,
            log=row.log,
            command=row.command,
            truncated=tuple(row.truncated),
            source=OutputSource(row.source) if row.source else None,
            merged=row.merged,
        )
        return StoredOutput(output=output, is_final=row.is_final, fetched_at=row.fetched_at)

    def delete_old(self, *, at: datetime) -> int:
        """Delete up to a thousand outputs that were fetched KEPT_FOR ago or earlier, and return their number."""
        old = select(TaskLogRow.run_id, TaskLogRow.hash).where(TaskLogRow.fetched_at <= at - KEPT_FOR).limit(_AT_ONCE)
        key = tuple_(TaskLogRow.run_id, TaskLogRow.hash)
        with self._engine.begin() as connection:
            return connection.execute(delete(TaskLogRow).where(key.in_(old))).rowcount

    def save(self, run_id: str, task_hash: str, output: StoredOutput) -> None:
        """Replace the stored output of a task."""
        values = asdict(output.output) | {
            "truncated": list(output.output.truncated),
            "is_final": output.is_final,
            "fetched_at": output.fetched_at,
        }
        row = upsert(TaskLogRow).values(run_id=run_id, hash=task_hash, **values)
        keys = [TaskLogRow.run_id, TaskLogRow.hash]
        with autocommit_connection(self._engine) as connection:
            connection.execute(row.on_conflict_do_update(index_elements=keys, set_=values))
