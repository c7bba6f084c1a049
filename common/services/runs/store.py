"""RunStoreService: the table `runs`, whose every change of status is one compare-and-set with its journal row."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, SQLColumnExpression, Update, func, select, text, update

from common.domain.runs.live_events import AutomaticAction, status_entries
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, RunStatus, origins_of
from common.errors import NotFoundError
from common.models.runs import RunRow
from common.services.postgres.engine import autocommit_connection
from common.services.runs.creation import insert_run, lock_owner, require_idle_session, require_room
from common.services.runs.journal import append_to_journal
from common.services.runs.listing import RunFilter, RunPage, list_page
from common.services.users.stats import count_completed_run

_LONGEST_LIFE = timedelta(days=31)  # of a run: Batch ends a head job after 14 days (FACTS 4), which may wait before
_FIELDS = tuple(field.name for field in fields(Run))
_TIMESTAMP_OF = {
    RunStatus.PENDING: "created_at",
    RunStatus.SUBMITTED: "submitted_at",
    RunStatus.RUNNING: "started_at",
    RunStatus.COMPLETED: "completed_at",
    RunStatus.FAILED: "failed_at",
    RunStatus.CANCELLED: "cancelled_at",
}
# pg8000 reads a statement with parameters letter by letter: naming every column takes longer than Postgres takes.
_ONE_RUN = text("SELECT * FROM runs WHERE run_id = :run_id").columns(
    **{column.name: column.type for column in RunRow.__table__.columns}
)
_OWNERS = text("SELECT run_id, user_email FROM runs WHERE run_id = ANY(:run_ids)")


class RunStoreService:
    """Reads and writes runs; knows nothing of who asks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_run(self, run: Run, *, per_minute: int | None = None, creation_key: str | None = None) -> bool:
        """Store a pending run and its first journal row; False, and nothing stored, when its id is taken.

        One `creation_key` (a UUID) makes one run. Raises TooManyRequestsError when the owner made `per_minute` runs
        in the last minute, and UnavailableError when another try with this key was faster: then `created_by` finds
        its run.
        """
        with self._engine.begin() as connection:
            return _create(connection, run, per_minute, creation_key)

    def create_recovery_run(self, run: Run, *, per_minute: int, creation_key: str | None = None) -> bool:
        """As create_run; raises ConflictError while a live run uses the session."""
        with self._engine.begin() as connection:
            if _create(connection, run, per_minute, creation_key):
                return True
            require_idle_session(connection, run.session_id)
        return False

    def created_by(self, creation_key: str) -> Run | None:
        """The run that an earlier try of the same request made."""
        with self._engine.connect() as connection:
            row = connection.execute(select(RunRow.__table__).where(RunRow.creation_key == creation_key)).first()
        return run_from(row) if row else None

    def require_room(self, owner: str, *, at: datetime, per_minute: int) -> None:
        """Raise TooManyRequestsError when `owner` may not create a run now; creating one asks again."""
        with self._engine.connect() as connection:
            require_room(connection, owner, at=at, per_minute=per_minute)

    def require_idle_session(self, session_id: str) -> None:
        """Raise ConflictError while a live run uses the session; create_recovery_run asks again."""
        with self._engine.connect() as connection:
            require_idle_session(connection, session_id)

    def get_run(self, run_id: str) -> Run:
        """The run; raises NotFoundError."""
        with autocommit_connection(self._engine) as connection:
            return self._get(connection, run_id)

    def owners_of(self, run_ids: Collection[str]) -> Mapping[str, str]:
        """The owners' addresses of those of these runs that there are."""
        if not run_ids:
            return {}
        with autocommit_connection(self._engine) as connection:
            rows = connection.execute(_OWNERS, {"run_ids": list(run_ids)}).all()
        return {row.run_id: row.user_email for row in rows}

    def list_runs(self, wanted: RunFilter) -> RunPage:
        """One page of runs, newest first, with the total."""
        with self._engine.connect() as connection:
            rows, total, more = list_page(connection, wanted)
        return RunPage(runs=[run_from(row) for row in rows], total=total, has_more=more)

    def update_run_status(
        self,
        run_id: str,
        status: RunStatus,
        *,
        at: datetime,
        facts: Mapping[str, Any] | None = None,
        after: AutomaticAction | None = None,
    ) -> Run:
        """Move a run to `status`, noting `facts` (columns) with it; what the run is after the call comes back.

        One compare-and-set: a run that is not in a state which may become `status` stays as it is, and so does one
        that heard this news before. `at` becomes the state's own timestamp, and updated_at, which never goes back:
        that a run has started is heard later than it was. `after` is what was done to get there; the journal says it
        first. Raises NotFoundError.
        """
        newest = func.greatest(RunRow.updated_at, at)
        values = {"status": status.value, "updated_at": newest, _TIMESTAMP_OF[status]: at, **(facts or {})}
        origins = [origin.value for origin in origins_of(status)]
        guarded = update(RunRow).where(RunRow.run_id == run_id, RunRow.status.in_(origins)).values(values)
        return self._change(run_id, guarded, at=at, after=after)

    def cancel_unlaunched(self, run_id: str, *, at: datetime) -> Run:
        """Cancel a pending run that no launch has claimed; any other run stays as it is."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status == RunStatus.PENDING.value, RunRow.batch_job_name.is_(None))
            .values(status=RunStatus.CANCELLED.value, cancel_requested_at=at, cancelled_at=at, updated_at=at)
        )
        return self._change(run_id, statement, at=at)

    def request_cancel(self, run_id: str, *, at: datetime) -> Run:
        """Note once that a live run is to be cancelled, and journal it."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(LIVE_STATUSES), RunRow.cancel_requested_at.is_(None))
            .values(cancel_requested_at=at, updated_at=at, status_detail="cancelling")
        )
        return self._change(run_id, statement, at=at)

    def claim_launch(self, run_id: str, batch_job_name: str) -> Run:
        """Save the name of the Batch job that is about to be made; only a pending run that nobody cancels takes it."""
        statement = (
            update(RunRow)
            .where(
                RunRow.run_id == run_id,
                RunRow.status == RunStatus.PENDING.value,
                RunRow.cancel_requested_at.is_(None),
            )
            .values(batch_job_name=batch_job_name, launch_attempt=RunRow.launch_attempt + 1)
        )
        with self._engine.begin() as connection:
            connection.execute(statement)
            return self._get(connection, run_id)

    def note_sync(self, run_id: str, *, at: datetime, status_detail: str | None) -> None:
        """Remember that Batch was asked, and what a run that has not ended is waiting for."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(LIVE_STATUSES))
            .values(synced_at=at, status_detail=status_detail)
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

    def note_action(self, run_id: str, action: AutomaticAction, *, at: datetime) -> None:
        """Journal what Sluice did to a run."""
        with self._engine.begin() as connection:
            append_to_journal(connection, run_id, [action.journal_entry(run_id, at=at)], at=at)

    def note_archived(self, run_id: str, *, at: datetime) -> None:
        """Remember that the logs of a run that is over are archived, or that it has none."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(FINAL_STATUSES), RunRow.archived_at.is_(None))
            .values(archived_at=at)
        )
        with self._engine.begin() as connection:
            connection.execute(statement)

    def silent_runs(self, *, since: datetime, limit: int = 500) -> list[Run]:
        """Runs that have not ended and of which nothing was heard since then, the oldest first."""
        heard = func.coalesce(RunRow.synced_at, RunRow.updated_at)
        return self._all(RunRow.status.in_(LIVE_STATUSES) & (heard < since), RunRow.created_at, limit)

    def unarchived_runs(self, *, since: datetime, limit: int = 100) -> list[Run]:
        """Runs that were launched, ended before then, and whose logs are not archived, the newest first.

        So those that wait for weeks, since a role is missing, do not keep the others out.
        """
        launched = RunRow.status.in_(FINAL_STATUSES) & RunRow.batch_job_name.is_not(None)
        unarchived = launched & RunRow.archived_at.is_(None) & (RunRow.updated_at < since)
        return self._all(unarchived, RunRow.created_at.desc(), limit)

    def archived_runs(self, *, since: datetime, ended_after: datetime, limit: int = 1000) -> list[Run]:
        """Runs that were launched, failed or were cancelled between the two, and are archived, the oldest first.

        A completed run is none of them: its head job is known to have ended. No run lives longer than a month, which
        keeps the search to an index.
        """
        launched = RunRow.status.in_((RunStatus.FAILED, RunStatus.CANCELLED)) & RunRow.batch_job_name.is_not(None)
        ended = (RunRow.updated_at >= ended_after) & (RunRow.updated_at < since)
        recent = RunRow.created_at >= ended_after - _LONGEST_LIFE
        return self._all(launched & RunRow.archived_at.is_not(None) & ended & recent, RunRow.created_at, limit)

    def _all(self, condition: ColumnElement[bool], order: SQLColumnExpression[Any], limit: int) -> list[Run]:
        statement = select(RunRow.__table__).where(condition).order_by(order, RunRow.run_id).limit(limit)
        with self._engine.connect() as connection:
            return [run_from(row) for row in connection.execute(statement)]

    def _change(self, run_id: str, statement: Update, *, at: datetime, after: AutomaticAction | None = None) -> Run:
        """Run a guarded UPDATE of one run; journal the run as it is then, if it changed, and first what led there."""
        with self._engine.begin() as connection:
            changed = connection.execute(statement.returning(*RunRow.__table__.columns)).first()
            if changed is None:
                return self._get(connection, run_id)
            run = run_from(changed)
            led_there = [after.journal_entry(run_id, at=at)] if after else []
            append_to_journal(connection, run_id, [*led_there, *status_entries(run, at=at)], at=at)
            if run.status == RunStatus.COMPLETED:  # nothing changes a run that has ended: it has just got there
                count_completed_run(connection, run)
            return self._get(connection, run_id)

    @staticmethod
    def _get(connection: Connection, run_id: str) -> Run:
        row = connection.execute(_ONE_RUN, {"run_id": run_id}).first()
        if row is None:
            raise NotFoundError(f"there is no run {run_id}")
        return run_from(row)


def _create(connection: Connection, run: Run, per_minute: int | None, creation_key: str | None) -> bool:
    if per_minute:
        lock_owner(connection, run.user_email)
        require_room(connection, run.user_email, at=run.created_at, per_minute=per_minute)
    values = {name: getattr(run, name) for name in _FIELDS}
    values |= {"status": run.status.value, "params": dict(run.params), "source_ngs_runs": list(run.source_ngs_runs)}
    return insert_run(connection, run, values, creation_key)


def run_from(row: Row[Any]) -> Run:
    """A row of `runs` as the domain sees it."""
    columns = {name: getattr(row, name) for name in _FIELDS}
    columns |= {
        "status": RunStatus(row.status),
        "source_ngs_runs": tuple(row.source_ngs_runs or ()),
        "is_recovery": bool(row.is_recovery),
    }
    return Run(**columns)
