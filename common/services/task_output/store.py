"""TaskLogStore: the output of tasks as it was found last."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.tasks.output import OutputSource, TaskOutput
from common.models.task_logs import TaskLogRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOutput:
    """What was found at `fetched_at`; final when nothing more can be found."""

    output: TaskOutput
    is_final: bool
    fetched_at: datetime


class TaskLogStore:
    """Rows by run and task. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, run_id: str, task_hash: str) -> KeptOutput | None:
        """What is kept of a task; None when it was never asked for."""
        wanted = select(TaskLogRow.__table__).where(TaskLogRow.run_id == run_id, TaskLogRow.hash == task_hash)
        with self._engine.connect() as connection:
            row = connection.execute(wanted).first()
        if row is None:
            return None
        output = TaskOutput(
            stdout=row.stdout,
            stderr=row.stderr,
            log=row.log,
            truncated=tuple(row.truncated),
            source=OutputSource(row.source) if row.source else None,
            merged=row.merged,
        )
        return KeptOutput(output=output, is_final=row.is_final, fetched_at=row.fetched_at)

    def keep(self, run_id: str, task_hash: str, kept: KeptOutput) -> None:
        """Put this in place of what was kept."""
        values = asdict(kept.output) | {
            "truncated": list(kept.output.truncated),
            "is_final": kept.is_final,
            "fetched_at": kept.fetched_at,
        }
        row = upsert(TaskLogRow).values(run_id=run_id, hash=task_hash, **values)
        keys = [TaskLogRow.run_id, TaskLogRow.hash]
        with self._engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=keys, set_=values))
