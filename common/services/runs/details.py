"""What people add to a run: its name, note, labels and readers, and a star of each user's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, update
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.access import Caller
from common.domain.runs.live_events import change_entry
from common.domain.runs.run import Run
from common.errors import NotFoundError
from common.models.runs import RunRow, RunStarRow
from common.services.postgres.engine import autocommit_connection, read
from common.services.runs.journal import append_to_journal
from common.services.runs.rows import as_columns, run_from
from common.services.runs.run_json import VIEWED_RUN, viewer_values


class RunView(NamedTuple):
    """A run as one user sees it."""

    run: Run
    starred: bool
    recovery_run_id: str | None = None  # the newest recovery that the user may read
    cost: Mapping[str, Any] | None = None  # None before it was summed up


class RunDetails:
    """Reads and writes the details of runs, without checking who may. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def view(self, run_id: str, *, viewer: Caller) -> RunView:
        """The run as a user sees it. Raises NotFoundError."""
        values = {"run_id": run_id, **viewer_values(viewer)}
        row = read(self._engine, lambda connection: connection.execute(VIEWED_RUN, values).first())
        if row is None:
            raise NotFoundError(f"there is no run {run_id}")
        return RunView(run_from(row), row.starred, row.recovery_run_id, row.cost)

    def change(self, run_id: str, changes: Mapping[str, Any], *, by: str, at: datetime) -> Run:
        """Set name, note, labels or readers of a run and journal who did so. Raises NotFoundError."""
        changed = update(RunRow).where(RunRow.run_id == run_id).values(as_columns(changes))
        with self._engine.begin() as connection:
            row = connection.execute(changed.returning(*RunRow.__table__.columns)).first()
            if row is None:
                raise NotFoundError(f"there is no run {run_id}")
            entry = change_entry(run_id, changes, by=by, at=at)
            return replace(run_from(row), event_seq=append_to_journal(connection, run_id, [entry], at=at))

    def set_star(self, run_id: str, user: str, *, starred: bool) -> None:
        """Star a run for a user, or remove the star; may be repeated."""
        star = {"user_email": user, "run_id": run_id}
        is_star = (RunStarRow.user_email == user) & (RunStarRow.run_id == run_id)
        add, remove = upsert(RunStarRow).values(star).on_conflict_do_nothing(), delete(RunStarRow).where(is_star)
        with autocommit_connection(self._engine) as connection:
            connection.execute(add if starred else remove)
