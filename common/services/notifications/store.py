"""NotificationStore: the table `notifications`, from which each is delivered at least once.

A worker claims a notification for a while before it sends it, in a transaction of its own, and records the outcome
afterwards. So it is sent twice only if its worker died, or the database was away, between the two.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from common.domain.notifications.notification import NotificationEvent
from common.domain.notifications.preferences import address_name, disabled_name, target_in
from common.domain.notifications.targets import MailTarget, Target
from common.services.notifications.filling import IS_WANTED, TARGETS, fill_disabled, fill_found, fill_test
from common.services.postgres.engine import autocommit_connection, read

# At a time; the bound for one user, whose receiver may be slow, leaves room in the queue for the work of others.
_MOST_DUE, _MOST_DUE_OF_USER = 500, 50
_MOST_LISTED: Final = 50

_DUE: Final = """
    SELECT id, target, attempts, next_try_at FROM (
        SELECT *, row_number() OVER (PARTITION BY user_email ORDER BY next_try_at) AS place
        FROM notifications WHERE next_try_at <= :at {of_run}
    ) AS due WHERE place <= :most_of_user
    ORDER BY next_try_at LIMIT :most
"""
_DUE_OF_ALL: Final = text(_DUE.format(of_run=""))
_DUE_OF_RUN: Final = text(_DUE.format(of_run="AND run_id = :run_id"))
_LIST: Final = text("""
    SELECT id, target, event, run_id, at, attempts, next_try_at, delivered_at, refused_reason FROM notifications
    WHERE user_email = :email ORDER BY at DESC, id, target LIMIT :most
""")
_CLAIM: Final = text(f"""
    WITH claimed AS (
        UPDATE notifications SET attempts = attempts + 1, next_try_at = :until
        WHERE id = :id AND target = :target AND next_try_at <= :at RETURNING *
    ), news AS (
        SELECT claimed.*, notify, nanos
        FROM claimed LEFT JOIN runs USING (run_id) LEFT JOIN run_costs USING (run_id)
    )
    SELECT news.*, preferences, (
        SELECT bool_or({IS_WANTED}) FROM {TARGETS} WHERE wanted.target = news.target
    ) AS is_wanted
    FROM news JOIN users ON users.email = news.user_email
""")  # noqa: S608 fixed texts  # nosec B608
# Only of the claim that it was sent with: another worker may have claimed it since.
_RECORD: Final = text("""
    UPDATE notifications SET delivered_at = :delivered_at, next_try_at = :next_try_at, refused_reason = :reason
    WHERE id = :id AND target = :target AND attempts = :attempts AND next_try_at IS NOT NULL
""")
# Unless the target has another address by now.
_DISABLE: Final = text("""
    UPDATE users SET preferences = preferences || jsonb_build_object(
        CAST(:name AS text), jsonb_build_object('reason', CAST(:reason AS text), 'since', CAST(:since AS text))
    )
    WHERE email = :email AND preferences ->> CAST(:address AS text) IS NOT DISTINCT FROM CAST(:url AS text)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotification:
    """A notification that it is time to deliver, after so many attempts."""

    id: str
    target: str
    attempts: int
    next_try_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotification:
    """A notification that only this worker delivers now.

    `target` is None if the owner has switched it off. `cost` of the run so far is in nano-dollars.
    """

    id: str
    key: str  # of the target
    attempts: int  # with this one
    user_email: str
    run_id: str | None
    event: NotificationEvent
    at: datetime
    cause: str | None
    cost: int | None
    target: Target | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotification:
    """A notification as its owner sees it: delivered, to be tried again at `next_try_at`, or given up with a reason."""

    id: str
    target: str
    event: NotificationEvent
    run_id: str | None
    at: datetime
    attempts: int
    next_try_at: datetime | None
    delivered_at: datetime | None
    refused_reason: str | None


class NotificationStore:
    """Reads and writes notifications. Raises UnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add_found(self, *, at: datetime) -> int:
        """Store what no journal says, see `fill_found`; returns how many are new."""
        with autocommit_connection(self._engine) as connection:
            return fill_found(connection, at=at)

    def add_test(self, email: str, notification_id: str, *, at: datetime) -> list[str]:
        """Store a test for each target of a user; returns the keys of the targets."""
        with autocommit_connection(self._engine) as connection:
            return fill_test(connection, email, notification_id, at=at)

    def due(self, *, at: datetime, run_id: str | None = None) -> list[DueNotification]:
        """What is due, of one run or of all, the longest due first; at most 500, and 50 of each user."""
        statement = _DUE_OF_RUN if run_id else _DUE_OF_ALL
        values: dict[str, Any] = {"at": at, "most": _MOST_DUE, "most_of_user": _MOST_DUE_OF_USER}
        values |= {"run_id": run_id} if run_id else {}
        rows = read(self._engine, lambda connection: connection.execute(statement, values).mappings().all())
        return [DueNotification(**row) for row in rows]

    def list_of(self, email: str) -> list[StoredNotification]:
        """The newest 50 notifications of a user."""
        values = {"email": email, "most": _MOST_LISTED}
        rows = read(self._engine, lambda connection: connection.execute(_LIST, values).mappings().all())
        return [StoredNotification(**{**row, "event": NotificationEvent(row["event"])}) for row in rows]

    def claim(self, notification_id: str, target: str, *, at: datetime, until: datetime) -> ClaimedNotification | None:
        """Take a notification that is due, until a moment; None if it is not due, or another worker has it."""
        values = {"id": notification_id, "target": target, "at": at, "until": until}
        with autocommit_connection(self._engine) as connection:
            row = connection.execute(_CLAIM, values).first()
        if row is None:
            return None
        return ClaimedNotification(
            id=row.id,
            key=row.target,
            attempts=row.attempts,
            user_email=row.user_email,
            run_id=row.run_id,
            event=NotificationEvent(row.event),
            at=row.at,
            cause=row.cause,
            cost=row.nanos,
            target=target_in(row.preferences, row.target, email=row.user_email) if row.is_wanted else None,
        )

    def note_delivered(self, claimed: ClaimedNotification, *, at: datetime) -> None:
        with autocommit_connection(self._engine) as connection:
            _record(connection, claimed, delivered_at=at)

    def note_later(self, claimed: ClaimedNotification, *, next_try_at: datetime) -> None:
        with autocommit_connection(self._engine) as connection:
            _record(connection, claimed, next_try_at=next_try_at)

    def give_up(self, claimed: ClaimedNotification, reason: str, *, at: datetime, disable: bool) -> bool:
        """Record that a notification will not be delivered; returns whether its target was disabled for that.

        With `disable` the target gets no more notifications, and its owner is told by mail.
        """
        with self._engine.begin() as connection:
            if not _record(connection, claimed, reason=reason) or not disable:
                return False
            if not _disable(connection, claimed, reason, at=at):
                return False
            cause = f"your {claimed.key} target was switched off: {reason}"
            fill_disabled(connection, claimed.id, claimed.key, cause=cause, at=at)
        return True


def _record(
    connection: Connection,
    claimed: ClaimedNotification,
    *,
    delivered_at: datetime | None = None,
    next_try_at: datetime | None = None,
    reason: str | None = None,
) -> bool:
    """Record the outcome of a claim; False if the claim has passed to another worker."""
    values: dict[str, Any] = {"id": claimed.id, "target": claimed.key, "attempts": claimed.attempts}
    values |= {"delivered_at": delivered_at, "next_try_at": next_try_at, "reason": reason}
    return connection.execute(_RECORD, values).rowcount == 1


def _disable(connection: Connection, claimed: ClaimedNotification, reason: str, *, at: datetime) -> bool:
    """Note in the owner's preferences that a target is disabled, unless it has another address by now."""
    url = None if isinstance(claimed.target, MailTarget | None) else claimed.target.url
    values = {
        "name": disabled_name(claimed.key),
        "reason": reason,
        "since": at.isoformat(),
        "email": claimed.user_email,
        "address": address_name(claimed.key),
        "url": url,
    }
    return connection.execute(_DISABLE, values).rowcount == 1
