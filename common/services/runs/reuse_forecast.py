"""ReuseForecast: which tasks a recovery is expected to reuse, counted over all runs of the session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, Select, false, func, not_, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from common.domain.tasks.task import TaskStatus
from common.models.runs import RunRow
from common.models.tasks import TaskRow
from common.services.postgres.engine import read

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

        Nextflow's cache belongs to the session, so the tasks of all its runs count, each as in the newest run that ran
        it. A later run can only have reused it, and may have died before it came to all tasks of that name, so the run
        that finished the most of them counts. Attempts at one task share its name, and several tasks may have the same
        name. Each finished attempt counts as a task; the unfinished attempts of a name count as one task, unless an
        attempt of that name has finished.
        """
        is_reusable = TaskRow.status.in_([status.value for status in reusable])
        of_session = _attempts_that_count(run_id, is_reusable)
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
        (known, reused_count), rows = read(
            self._engine, lambda connection: (connection.execute(count).one(), connection.execute(first).all())
        )
        listed = [ExpectedTask(name=row.name, process=row.process, reused=row.reused) for row in rows]
        return Forecast(reused_count=reused_count, run_again_count=known - reused_count, tasks=listed)


def _attempts_that_count(run_id: str, is_reusable: ColumnElement[bool]) -> Select[str, str]:
    """Name and process of each attempt in the session of a run; those of one name are from one of its runs."""
    session = select(RunRow.session_id).where(RunRow.run_id == run_id).scalar_subquery()
    by_run = (
        select(
            TaskRow.run_id,
            TaskRow.process,
            TaskRow.name,
            RunRow.created_at,
            func.count().filter(is_reusable).label("finished"),
            func.bool_or(TaskRow.status != TaskStatus.CACHED.value).label("ran_it"),
        )
        .join(RunRow, RunRow.run_id == TaskRow.run_id)
        .where(RunRow.session_id == session)
        .group_by(TaskRow.run_id, TaskRow.process, TaskRow.name, RunRow.created_at)
        .subquery()
    )
    of_name = [by_run.c.process, by_run.c.name]
    last_ran = func.max(by_run.c.created_at).filter(by_run.c.ran_it).over(partition_by=of_name)
    dated = select(by_run, last_ran.label("last_ran")).subquery()
    chosen = (
        select(dated.c.run_id, dated.c.process, dated.c.name)
        .where(or_(dated.c.last_ran.is_(None), dated.c.created_at >= dated.c.last_ran))
        .ext(distinct_on(dated.c.process, dated.c.name))
        .order_by(dated.c.process, dated.c.name, dated.c.finished.desc(), dated.c.created_at.desc(), dated.c.run_id)
        .subquery()
    )
    same = (chosen.c.run_id == TaskRow.run_id) & (chosen.c.process == TaskRow.process) & (chosen.c.name == TaskRow.name)
    return select(TaskRow.name, TaskRow.process).join(chosen, same)
