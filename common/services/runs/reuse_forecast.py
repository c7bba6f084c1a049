"""ReuseForecast: which tasks of a run another one on the same session is expected to reuse."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, false, func, not_, select, true, union_all

from common.domain.tasks.task import TaskStatus
from common.models.tasks import TaskRow

LISTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedTask:
    """A task, however many attempts it took, and whether its result is there to be reused."""

    name: str
    process: str
    reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """How many tasks there are of each kind, and the first LISTED_AT_MOST, those that run again first."""

    reused_count: int
    run_again_count: int
    tasks: Sequence[ExpectedTask]


class ReuseForecast:
    """Answers from what has been ingested; no bucket is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, run_id: str, *, reusable: Iterable[TaskStatus]) -> Forecast:
        """What becomes of each task that the run got to, when an attempt that is `reusable` need not run again.

        Attempts at one task share its name; several tasks may share one too, and are told apart by having finished.
        """
        is_reusable = TaskRow.status.in_([status.value for status in reusable])
        of_run = select(TaskRow.name, TaskRow.process).where(TaskRow.run_id == run_id)
        finished = of_run.add_columns(true().label("reused")).where(is_reusable)
        unfinished = (
            of_run.add_columns(false().label("reused"))
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
