"""ReuseForecast: which tasks a recovery is expected to reuse, counted over all runs of the session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Select, false, func, not_, select, true, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from common.domain.tasks.task import TaskStatus
from common.models.runs import RunRow
from common.models.tasks import TaskRow

LISTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTask:
    """A task, whatever its number of attempts; `reused` when its result can be reused."""

    name: str
    process: str
    reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The numbers of tasks of each kind, and the first LISTED_AT_MOST tasks; those that run again come first."""

    reused_count: int
    run_again_count: int
    tasks: Sequence[ExpectedTask]


class ReuseForecast:
    """Reads ingested tasks only, no bucket. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, run_id: str, *, reusable: Iterable[TaskStatus]) -> Forecast:
        """The forecast for a recovery of a run, where an attempt with a `reusable` status need not run again.

        Nextflow's cache belongs to the session, so the tasks of all its runs count, each with its status in the newest
        run that has it. So a recovery that died early still reuses the finished tasks of its parent. Attempts at one
        task share its name, and several tasks may have the same name. Each finished attempt counts as a task; the
        unfinished attempts of a name count as one task, unless an attempt of that name has finished.
        """
        is_reusable = TaskRow.status.in_([status.value for status in reusable])
        of_session = _newest_attempts(run_id)
        finished = of_session.add_columns(true().label("reused")).where(is_reusable)
        unfinished = (
            of_session.add_columns(false().label("reused"))
            .group_by(TaskRow.process, TaskRow.name)
            .having(not_(func.bool_or(is_reusable)))
        )
        tasks = union_all(finished, unfinished).subquery()
        columns = tasks.c
        count = select(func.count(), func.count().filter(columns.reused)).select_from(tasks)
        first = select(tasks).order_by(columns.reused, columns.process, columns.name).limit(LISTED_AT_MOST)
        with self._engine.connect() as connection:
            known, reused_count = connection.execute(count).one()
            listed = [
                ExpectedTask(name=row.name, process=row.process, reused=row.reused) for row in connection.execute(first)
            ]
        return Forecast(reused_count=reused_count, run_again_count=known - reused_count, tasks=listed)


def _newest_attempts(run_id: str) -> Select[str, str]:
    """Name and process of each attempt in the session of a run; a task counts only in the newest run that has it."""
    session = select(RunRow.session_id).where(RunRow.run_id == run_id).scalar_subquery()
    newest = (
        select(TaskRow.run_id, TaskRow.process, TaskRow.name)
        .join(RunRow, RunRow.run_id == TaskRow.run_id)
        .where(RunRow.session_id == session)
        .ext(distinct_on(TaskRow.process, TaskRow.name))
        .order_by(TaskRow.process, TaskRow.name, RunRow.created_at.desc(), RunRow.run_id)
        .subquery()
    )
    same = (newest.c.run_id == TaskRow.run_id) & (newest.c.process == TaskRow.process) & (newest.c.name == TaskRow.name)
    return select(TaskRow.name, TaskRow.process).join(newest, same)
