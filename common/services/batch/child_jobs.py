"""ChildJobStore: the Batch jobs of a run's tasks, kept in Postgres."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.batch.child_jobs import FOREIGN, GONE, GONE_ANSWERS_NEEDED, JOB_ID, JobWithMachines, task_hash_of
from common.domain.batch.job import BatchJob
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.runs.status import FINAL_STATUSES
from common.domain.tasks.task import ENDED, TaskStatus
from common.models.child_jobs import ChildJobRow
from common.models.runs import RunRow
from common.services.batch.stays import NumberedStay, add_further, last_and_further, numbered
from common.services.postgres.engine import autocommit_connection, read

_KEY: Final = (ChildJobRow.run_id, ChildJobRow.job_id)
_RUNS_AT_ONCE: Final = 20
# The columns are sent as texts with one line for each job: a statement takes at most 65,535 values.
_ADD_LISTED: Final = text(r"""
    INSERT INTO child_jobs (run_id, job_id, uid, task_hash, created_at)
    SELECT :run_id, job_id, uid, task_hash, CAST(created_at AS timestamptz)
    FROM unnest(string_to_array(:job_ids, E'\n', ''), string_to_array(:uids, E'\n', ''),
                string_to_array(:hashes, E'\n', ''), string_to_array(:times, E'\n', ''))
         AS listed (job_id, uid, task_hash, created_at)
    ON CONFLICT (run_id, job_id) DO NOTHING
""")
# EXCEPT compares 100,000 names in one pass; the pattern, which is slow, is tried on the new ones only.
_ADD_NAMED: Final = text("""
    WITH named AS MATERIALIZED (
        SELECT split_part(native_id, '/', 1) AS job_id FROM tasks
        WHERE run_id = :run_id AND status = ANY(:ended) AND native_id IS NOT NULL
        EXCEPT SELECT job_id FROM child_jobs WHERE run_id = :run_id
    )
    INSERT INTO child_jobs (run_id, job_id) SELECT :run_id, job_id FROM named WHERE job_id ~ :job_id_pattern
    ON CONFLICT (run_id, job_id) DO NOTHING
""")


class ChildJobStore:
    """Keeps one row for each child job; a row with a state is never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note_listed(self, run_id: str, jobs: Sequence[BatchJob]) -> None:
        """Store the jobs that are new; they are unread."""
        if not jobs:
            return
        columns = {
            "job_ids": (job_id_of(job.name) for job in jobs),
            "uids": (job.uid for job in jobs),
            "hashes": (task_hash_of(job) or "" for job in jobs),
            "times": (job.created_at.isoformat() if job.created_at else "" for job in jobs),
        }
        values = {name: "\n".join(column) for name, column in columns.items()}
        with autocommit_connection(self._engine) as connection:
            connection.execute(_ADD_LISTED, values | {"run_id": run_id})

    def note_named(self, run_id: str) -> None:
        """Store the jobs named by tasks of the run that have ended; those that are new are unread.

        A task's native_id is `job/task/uid`. A cached task names a job of another run.
        """
        ended = [status.value for status in ENDED - {TaskStatus.CACHED}]
        with autocommit_connection(self._engine) as connection:
            connection.execute(_ADD_NAMED, {"run_id": run_id, "ended": ended, "job_id_pattern": JOB_ID})

    def unread(self, run_id: str, *, live: Collection[str], limit: int) -> list[str]:
        """The ids of at most `limit` unread jobs that are not among `live`; those asked for last come last."""
        wanted = (
            select(ChildJobRow.job_id)
            .where(ChildJobRow.run_id == run_id, ChildJobRow.state.is_(None))
            .order_by(ChildJobRow.read_at.nulls_first(), ChildJobRow.job_id)
            .limit(limit + len(live))
        )
        found = read(self._engine, lambda connection: connection.execute(wanted).scalars().all())
        live = set(live)
        return [job_id for job_id in found if job_id not in live][:limit]

    def is_job_of(self, run_id: str, job_uid: str) -> bool:
        """Whether Batch showed a job with this uid as a job of the run, or of a run whose session it reuses.

        A trace may name any job; what Batch shows under the run's label is what counts.
        """
        own = select(RunRow.session_id).where(RunRow.run_id == run_id).scalar_subquery()
        shown = (
            select(ChildJobRow.job_id)
            .join(RunRow, RunRow.run_id == ChildJobRow.run_id)
            .where(RunRow.session_id == own, ChildJobRow.uid == job_uid)
            .where(ChildJobRow.state.is_distinct_from(FOREIGN))
        )
        return read(self._engine, lambda connection: connection.execute(shown.limit(1)).first()) is not None

    def read_before(self, run_id: str, job_ids: Collection[str]) -> set[str]:
        """Those of `job_ids` that have ended, are gone or belong to somebody else."""
        done = select(ChildJobRow.job_id).where(ChildJobRow.run_id == run_id, ChildJobRow.state.is_not(None))
        among = done.where(ChildJobRow.job_id.in_(job_ids))
        return read(self._engine, lambda connection: set(connection.execute(among).scalars()))

    def save(
        self, run_id: str, job_id: str, found: JobWithMachines | None, *, at: datetime, is_foreign: bool = False
    ) -> None:
        """Store what Batch said about an unread job; None means that it has no such job.

        Nothing is kept of a foreign job but that its name need not be looked up again.
        """
        with self._engine.begin() as connection:
            further: Sequence[NumberedStay] = ()
            values: Mapping[str, Any] = {"state": FOREIGN if is_foreign else None}
            if found is not None and not is_foreign:
                last, further = last_and_further(numbered(connection, found.job.machine, found.stays))
                values = _values_of(found.job) | (_values_of_stay(last) if last else {})
            statement = upsert(ChildJobRow).values(
                run_id=run_id, job_id=job_id, read_at=at, gone_answers=0 if found or is_foreign else 1, **values
            )
            replaced: dict[str, Any] = {name: statement.excluded[name] for name in (*values, "read_at", "gone_answers")}
            if found is None and not is_foreign:
                replaced |= _one_more_gone_answer()
            stored = connection.execute(
                statement.on_conflict_do_update(index_elements=_KEY, set_=replaced, where=ChildJobRow.state.is_(None))
            )
            if stored.rowcount:
                add_further(connection, run_id, job_id, further)

    def note_head(self, run_id: str, head: BatchJob) -> None:
        """Store the machine of a run's head job, from its start on, and until its end once it has ended."""
        if head.running_since is None:
            return
        stay = MachineStay(
            assigned_at=head.running_since,
            released_at=head.state_since if head.has_ended else None,
            end=StayEnd.DONE if head.has_succeeded else StayEnd.WITH_JOB,
        )
        with self._engine.begin() as connection:
            add_further(connection, run_id, job_id_of(head.name), numbered(connection, head.machine, [stay]))

    def states(self, run_id: str, *, without: Collection[str]) -> Counter[str]:
        """The jobs of a run that has ended by their states, except those with the ids in `without`.

        `without` has what Batch lists for the run; a job that was listed before, and is not any more, is gone.
        """
        was_listed = or_(ChildJobRow.uid.is_not(None), ChildJobRow.gone_answers > 0)
        rows = select(ChildJobRow.job_id, ChildJobRow.state).where(
            ChildJobRow.run_id == run_id, or_(ChildJobRow.state.is_not(None), was_listed)
        )
        without = set(without)
        found = read(self._engine, lambda connection: connection.execute(rows).all())
        return Counter(row.state or GONE for row in found if row.job_id not in without)

    def runs_with_unread(self, *, read_before: datetime) -> list[str]:
        """The ids of a few runs that are over and have unread jobs, none of which was asked for lately."""
        is_over = RunRow.status.in_([status.value for status in FINAL_STATUSES])
        runs = (
            select(ChildJobRow.run_id)
            .join(RunRow, RunRow.run_id == ChildJobRow.run_id)
            .where(ChildJobRow.state.is_(None), is_over)
            .group_by(ChildJobRow.run_id)
            .having(func.coalesce(func.max(ChildJobRow.read_at) < read_before, True))
            .order_by(func.max(ChildJobRow.read_at).nulls_first(), ChildJobRow.run_id)
            .limit(_RUNS_AT_ONCE)
        )
        return read(self._engine, lambda connection: list(connection.execute(runs).scalars()))


def job_id_of(name: str) -> str:
    """The id in the name of a job."""
    return name.rpartition("/")[2]


def _values_of(job: BatchJob) -> dict[str, Any]:
    """The columns of a job; a job that has not ended stays unread."""
    values = {"uid": job.uid or None, "task_hash": task_hash_of(job), "created_at": job.created_at}
    return values | {"state": job.state.name, "ended_at": job.state_since} if job.has_ended else values


def _values_of_stay(last: NumberedStay) -> dict[str, Any]:
    stay = last.stay
    times = {"assigned_at": stay.assigned_at, "released_at": stay.released_at}
    return times | {"kind_id": last.kind_id, "ended": stay.end.value}


def _one_more_gone_answer() -> dict[str, Any]:
    """One wrong answer of Batch must not lose a job, so only the second one counts."""
    answers = ChildJobRow.gone_answers + 1
    return {"gone_answers": answers, "state": case((answers >= GONE_ANSWERS_NEEDED, GONE), else_=None)}
