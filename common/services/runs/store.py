"""RunStoreService: the table `runs`. A change of status is a compare-and-set in one transaction with its journal."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Engine,
    SQLColumnExpression,
    Text,
    Update,
    any_,
    bindparam,
    case,
    cast,
    func,
    select,
    text,
    update,
)

from common.domain.diagnosis.failure import FailureDiagnosis
from common.domain.runs.access import Access, Caller
from common.domain.runs.live_events import AutomaticAction, status_entries
from common.domain.runs.run import FAILING, Run, RunOutline
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, RunStatus
from common.errors import NotFoundError
from common.models.runs import RunRow
from common.services.postgres.engine import autocommit_connection, read
from common.services.postgres.prepared import PreparedStatement
from common.services.runs.creation import (
    OwnerLimits,
    insert_run,
    lock_owner,
    require_idle_session,
    require_within_limits,
)
from common.services.runs.failures import keep_failure
from common.services.runs.history import JournalPage, history_page
from common.services.runs.journal import append_to_journal
from common.services.runs.listing import RunFilter, RunPage, list_page
from common.services.runs.rows import ONE_RUN, run_from
from common.services.runs.run_json import ONE_RUN as ONE_RUN_AS_JSON
from common.services.runs.run_json import viewer_values
from common.services.runs.transitions import move_to
from common.services.users.stats import count_completed_run

_OUTLINE = PreparedStatement(
    select(RunRow.user_email, RunRow.status, RunRow.created_at, RunRow.shared_with).where(
        RunRow.run_id == bindparam("run_id")
    )
)
_OWNERS = text("SELECT run_id, user_email FROM runs WHERE run_id = ANY(:run_ids)")


class RunStoreService:
    """Reads and writes runs, without checking who may. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_run(self, run: Run, *, limits: OwnerLimits | None = None, creation_key: str | None = None) -> bool:
        """Store a pending run and its first journal entry; returns False and stores nothing when its id is taken.

        A `creation_key` (a UUID) creates one run. Raises TooManyRequestsError when the owner has reached one of
        `limits`, and UnavailableError when another attempt with this key was faster: `created_by` then finds its run.
        """
        with self._engine.begin() as connection:
            return insert_run(connection, run, limits=limits, creation_key=creation_key)

    def create_recovery_run(self, run: Run, *, limits: OwnerLimits, creation_key: str | None = None) -> bool:
        """As create_run; raises ConflictError while a live run uses the session."""
        with self._engine.begin() as connection:
            if insert_run(connection, run, limits=limits, creation_key=creation_key):
                return True
            require_idle_session(connection, run.session_id)
        return False

    def created_by(self, creation_key: str) -> Run | None:
        """The run that an earlier attempt with this key created; None when there is none."""
        created = select(RunRow.__table__).where(RunRow.creation_key == creation_key)
        row = read(self._engine, lambda connection: connection.execute(created).first())
        return run_from(row) if row else None

    def find_created(self, run: Run) -> Run | None:
        """The row that an insert of `run` with limits has stored, after waiting until that insert has ended.

        A connection can be lost while Postgres is still committing.
        """
        with self._engine.begin() as connection:
            lock_owner(connection, run.user_email)
            row = connection.execute(ONE_RUN, {"run_id": run.run_id}).first()
        return run_from(row) if row else None

    def require_within_limits(self, owner: str, limits: OwnerLimits, *, at: datetime) -> None:
        """Raise TooManyRequestsError when `owner` may not create a run now; create_run checks again."""
        read(self._engine, lambda connection: require_within_limits(connection, owner, limits, at=at))

    def require_idle_session(self, session_id: str) -> None:
        """Raise ConflictError while a live run uses the session; create_recovery_run checks again."""
        read(self._engine, lambda connection: require_idle_session(connection, session_id))

    def get_run(self, run_id: str) -> Run:
        """The run; raises NotFoundError."""
        return read(self._engine, lambda connection: self._get(connection, run_id))

    def run_as_json(self, run_id: str, *, viewer: Caller) -> tuple[Access, str]:
        """Who may read the run, and its JSON, a RunResponse with its secrets; raises NotFoundError."""
        values = {"run_id": run_id, **viewer_values(viewer)}
        row = read(self._engine, lambda connection: ONE_RUN_AS_JSON.execute(connection, values).first())
        if row is None:
            raise _not_found(run_id)
        return Access(row.user_email, row.shared_with or ()), row.run

    def outline_of(self, run_id: str) -> RunOutline:
        """The outline of the run, read faster than the run; raises NotFoundError."""
        row = read(self._engine, lambda connection: _OUTLINE.execute(connection, {"run_id": run_id}).first())
        if row is None:
            raise _not_found(run_id)
        owner, status, created_at, readers = row
        return RunOutline(
            run_id=run_id,
            user_email=owner,
            status=RunStatus(status),
            created_at=created_at,
            shared_with=tuple(readers or ()),
        )

    def owners_of(self, run_ids: Collection[str]) -> Mapping[str, str]:
        """The owners' email addresses by run id, for those of `run_ids` that exist."""
        if not run_ids:
            return {}
        rows = read(self._engine, lambda connection: connection.execute(_OWNERS, {"run_ids": list(run_ids)}).all())
        return {row.run_id: row.user_email for row in rows}

    def find_runs(self, run_ids: Collection[str]) -> Mapping[str, Run]:
        """Those of `run_ids` that exist, by run id."""
        if not run_ids:
            return {}
        statement = select(RunRow.__table__).where(RunRow.run_id == any_(cast(list(run_ids), ARRAY(Text))))
        rows = read(self._engine, lambda connection: connection.execute(statement).all())
        return {row.run_id: run_from(row) for row in rows}

    def list_runs(self, filters: RunFilter) -> RunPage:
        """A page of runs, newest first, with the total.

        Raises ValidationError for an invalid cursor, and UnavailableError when a search takes too long.
        """
        return read(self._engine, lambda connection: list_page(connection, filters))

    def list_history(self, run_id: str, *, cursor: str | None, page_size: int) -> JournalPage:
        """A page of what happened to the run, oldest first. Raises ValidationError for an invalid cursor."""
        return read(self._engine, partial(history_page, run_id=run_id, cursor=cursor, page_size=page_size))

    def update_run_status(
        self,
        run_id: str,
        status: RunStatus,
        *,
        at: datetime,
        facts: Mapping[str, Any] | None = None,
        after: AutomaticAction | None = None,
    ) -> Run:
        """Move a run to `status` and set `facts` (columns); returns the run as it is afterwards.

        A compare-and-set: a run whose status cannot become `status`, or already is, is not changed. `at` becomes the
        timestamp of the status and updated_at, but updated_at never moves back: a start may be noticed late. The
        action `after`, if any, is journaled before the status. Raises NotFoundError.
        """
        return self._change(run_id, move_to(run_id, status, at=at, facts=facts or {}), at=at, after=after)

    def cancel_unlaunched(self, run_id: str, *, at: datetime, by: str | None = None) -> Run:
        """Cancel a pending run that no launch has claimed; other runs are not changed. Raises NotFoundError."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status == RunStatus.PENDING.value, RunRow.batch_job_name.is_(None))
            .values(status=RunStatus.CANCELLED.value, cancel_requested_at=at, cancelled_at=at, updated_at=at)
        )
        return self._change(run_id, statement, at=at, by=by)

    def request_cancel(self, run_id: str, *, at: datetime, by: str | None = None) -> Run:
        """Record and journal that a live run is to be cancelled, unless that was done before. Raises NotFoundError."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(LIVE_STATUSES), RunRow.cancel_requested_at.is_(None))
            .values(cancel_requested_at=at, updated_at=at, status_detail="cancelling")
        )
        return self._change(run_id, statement, at=at, by=by)

    def note_failing(self, run_id: str, failure: FailureDiagnosis, *, at: datetime) -> Run:
        """Record and journal why a running run will fail, unless it is known already. Raises NotFoundError."""
        columns = failure.as_columns()
        is_news = RunRow.diagnosis.is_distinct_from(columns["diagnosis"])
        detail = case((RunRow.cancel_requested_at.is_(None), FAILING), else_=RunRow.status_detail)
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status == RunStatus.RUNNING.value, is_news)
            .values(status_detail=detail, updated_at=func.greatest(RunRow.updated_at, at), **columns)
        )
        return self._change(run_id, statement, at=at)

    def claim_launch(self, run_id: str, batch_job_name: str) -> Run:
        """Store the name of the Batch job that is about to be created, if the run is pending and not being cancelled.

        Raises NotFoundError.
        """
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
        """Record the time of a sync with Batch, and what a live run is waiting for."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(LIVE_STATUSES))
            .values(synced_at=at, status_detail=status_detail)
        )
        with autocommit_connection(self._engine) as connection:
            connection.execute(statement)

    def note_action(self, run_id: str, action: AutomaticAction, *, at: datetime) -> None:
        """Journal an automatic action."""
        with self._engine.begin() as connection:
            append_to_journal(connection, run_id, [action.journal_entry(run_id, at=at)], at=at)

    def note_archived(self, run_id: str, *, at: datetime) -> None:
        """Record that the logs of a finished run are archived, or that it has none."""
        statement = (
            update(RunRow)
            .where(RunRow.run_id == run_id, RunRow.status.in_(FINAL_STATUSES), RunRow.archived_at.is_(None))
            .values(archived_at=at)
        )
        with autocommit_connection(self._engine) as connection:
            connection.execute(statement)

    def silent_runs(self, *, since: datetime, limit: int = 500) -> list[Run]:
        """Live runs whose last sync (or update, if never synced) was before `since`, the oldest first."""
        last_news = func.coalesce(RunRow.synced_at, RunRow.updated_at)
        return self._all(RunRow.status.in_(LIVE_STATUSES) & (last_news < since), RunRow.created_at, limit)

    def unarchived_runs(self, *, since: datetime, limit: int = 100) -> list[Run]:
        """Launched runs that ended before `since` and whose logs are not archived.

        The newest first, so that old runs that cannot be archived (a missing role) do not hold up the others.
        """
        launched = RunRow.status.in_(FINAL_STATUSES) & RunRow.batch_job_name.is_not(None)
        unarchived = launched & RunRow.archived_at.is_(None) & (RunRow.updated_at < since)
        return self._all(unarchived, RunRow.created_at.desc(), limit)

    def _all(self, condition: ColumnElement[bool], order: SQLColumnExpression[Any], limit: int) -> list[Run]:
        statement = select(RunRow.__table__).where(condition).order_by(order, RunRow.run_id).limit(limit)
        rows = read(self._engine, lambda connection: connection.execute(statement).all())
        return [run_from(row) for row in rows]

    def _change(
        self,
        run_id: str,
        statement: Update,
        *,
        at: datetime,
        after: AutomaticAction | None = None,
        by: str | None = None,
    ) -> Run:
        """Execute a guarded UPDATE of one run. If the run changed, journal `after` and then its new state."""
        with self._engine.begin() as connection:
            changed = connection.execute(statement.returning(*RunRow.__table__.columns)).first()
            if changed is None:
                return self._get(connection, run_id)
            run = run_from(changed)
            action = [after.journal_entry(run_id, at=at)] if after else []
            event_seq = append_to_journal(connection, run_id, [*action, *status_entries(run, at=at, by=by)], at=at)
            keep_failure(connection, run, at=at)
            if run.status == RunStatus.COMPLETED:  # finished runs are never changed: it has just completed
                count_completed_run(connection, run)
            return replace(run, event_seq=event_seq)

    @staticmethod
    def _get(connection: Connection, run_id: str) -> Run:
        row = connection.execute(ONE_RUN, {"run_id": run_id}).first()
        if row is None:
            raise _not_found(run_id)
        return run_from(row)


def _not_found(run_id: str) -> NotFoundError:
    return NotFoundError(f"there is no run {run_id}")
