"""Creates runs: one per request, within the owner's limits, and with one live run per session.

Postgres enforces all three, so they hold across instances: an advisory lock per owner while runs are counted, and
unique indexes for creation keys and live sessions.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.live_events import status_entries
from common.domain.runs.run import Run
from common.domain.runs.status import LIVE_STATUSES
from common.errors import ConflictError, TooManyRequestsError, UnavailableError
from common.models.runs import RunRow
from common.services.runs.journal import append_to_journal
from common.services.runs.rows import columns_of
from common.services.users.stats import count_new_run

_RETRY_LIVE_AFTER_S = 60
_MINUTE = timedelta(minutes=1)
_OWNER_LOCK = 1  # the ingest locks runs with the same function and another number


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLimits:
    """How many runs one owner may create in a minute, and how many may be live at the same time."""

    per_minute: int
    live: int


def insert_run(connection: Connection, run: Run, *, limits: OwnerLimits | None, creation_key: str | None) -> bool:
    """Store, journal and count a run; False when its id or its live session is taken.

    Raises TooManyRequestsError when the owner has reached one of `limits`, and UnavailableError when another attempt at
    the same request has just stored its run.
    """
    if limits:
        lock_owner(connection, run.user_email)
        require_within_limits(connection, run.user_email, limits, at=run.created_at)
    insert = upsert(RunRow).values(columns_of(run) | {"creation_key": creation_key}).on_conflict_do_nothing()
    if connection.execute(insert.returning(RunRow.run_id)).first():
        append_to_journal(connection, run.run_id, status_entries(run, at=run.created_at), at=run.created_at)
        count_new_run(connection, run)
        return True
    if creation_key and connection.execute(select(RunRow.run_id).where(RunRow.creation_key == creation_key)).first():
        raise UnavailableError("this request is already being processed; try again in 1 s", retry_after_s=1)
    return False


def lock_owner(connection: Connection, owner: str) -> None:
    """Hold the right to create runs of `owner` until the end of the transaction."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(owner, _OWNER_LOCK))))


def require_within_limits(connection: Connection, owner: str, limits: OwnerLimits, *, at: datetime) -> None:
    """Raise TooManyRequestsError when `owner` may not create a run at `at`."""
    created, live = RunRow.created_at, RunRow.status.in_(LIVE_STATUSES)
    of_owner = select(created).where(RunRow.user_email == owner)
    newest = of_owner.where(created > at - _MINUTE).order_by(created.desc()).limit(limits.per_minute).subquery()
    unended = of_owner.where(live).limit(limits.live).subquery()
    counts = select(
        select(func.count()).select_from(newest).scalar_subquery().label("newest"),
        select(func.min(newest.c.created_at)).scalar_subquery().label("oldest_of_them"),
        select(func.count()).select_from(unended).scalar_subquery().label("live"),
    )
    found = connection.execute(counts).one()
    if found.newest == limits.per_minute and found.oldest_of_them:
        wait_s = max(1, math.ceil((found.oldest_of_them + _MINUTE - at).total_seconds()))
        message = f"at most {limits.per_minute} runs may be started in a minute; try again in {wait_s} s"
        raise TooManyRequestsError(message, retry_after_s=wait_s)
    if found.live == limits.live:
        raise TooManyRequestsError(
            f"you have {limits.live:,} runs that have not ended, the most that one user may have; cancel one, or wait "
            "until one has ended, and try again",
            retry_after_s=_RETRY_LIVE_AFTER_S,
        )


def require_idle_session(connection: Connection, session_id: str) -> None:
    """Raise ConflictError while a live run uses the session."""
    live = select(RunRow.run_id).where(RunRow.session_id == session_id, RunRow.status.in_(LIVE_STATUSES))
    if run_id := connection.execute(live).scalars().first():
        raise ConflictError(f"{run_id} is using the same work directory; wait until it has ended, or cancel it")
