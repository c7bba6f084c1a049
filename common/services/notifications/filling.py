"""Fills the table `notifications`: the events that owners of runs want to be told, one row for each of their targets.

It is one INSERT … SELECT, which stores nothing where nobody wants anything. An event of a run has one id, so hearing of
it again stores nothing either.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from common.domain.notifications.notification import EXPIRES_SOON, SUBMITTED_TOO_LONG, NotificationEvent

# Beside a row of `users`: their targets. Preferences that are absent have their default here.
TARGETS: Final = """
    LATERAL (VALUES
        ('mail', coalesce(CAST(users.preferences ->> 'notify_mail' AS boolean), true)),
        ('slack', users.preferences ? 'notify_slack_url'),
        ('webhook', users.preferences ? 'notify_webhook_url')
    ) AS wanted (target, is_set)
"""
# Beside them `news`, an event with the column `notify` of its run.
IS_WANTED: Final = """
    is_set AND NOT users.preferences ? ('notify_' || wanted.target || '_disabled')
    AND (news.event NOT LIKE 'run.%' OR (
        coalesce(news.notify, CAST(users.preferences ->> 'notifications_enabled' AS boolean), false)
        AND coalesce(users.preferences -> 'notify_events' ? news.event, news.event <> 'run.task_failed')
    ))
"""
_OF_RUNS: Final = "run_id || '-' || translate(event, '._', '--')"  # an id; Standard Webhooks allows no full stop


def fill_from(news: str, *, id_is: str = _OF_RUNS, only: str = "true") -> str:
    """The INSERT of `news`, an item of FROM with the columns user_email, run_id, seq, event, notify and cause.

    `only` limits the targets further.
    """
    return f"""
        INSERT INTO notifications (id, target, user_email, run_id, seq, event, cause, at, next_try_at)
        SELECT {id_is}, target, user_email, run_id, seq, event, cause, :at, :at
        FROM {news} AS news JOIN users ON users.email = user_email, {TARGETS}
        WHERE {only} AND {IS_WANTED} ON CONFLICT DO NOTHING
    """  # noqa: S608 fixed texts  # nosec B608


# Beside `raised`, the run whose journal gets `entries`; `news` are the events in them, with their places.
FROM_JOURNAL: Final = fill_from("""(
    SELECT user_email, run_id, event_seq - jsonb_array_length(:entries) + place AS seq, event, notify, NULL AS cause
    FROM raised, jsonb_to_recordset(:news) AS entries (place bigint, event text)
)""")

# The cost is looked at while it may change, so that a new limit tells nothing of old runs, and only for those few who
# have set a limit.
_FOUND: Final = text(
    fill_from("""(
        SELECT user_email, run_id, CAST(NULL AS bigint) AS seq, 'run.stuck' AS event, notify,
            status_detail AS cause
        FROM runs WHERE status = 'submitted' AND submitted_at <= :submitted_by
        UNION ALL
        SELECT user_email, run_id, NULL, 'run.expiring', notify, NULL
        FROM runs WHERE status IN ('failed', 'cancelled') AND work_dir_expires_at > :at
            AND work_dir_expires_at <= :expires_by
            AND NOT EXISTS (SELECT FROM runs AS recovery WHERE recovery.parent_run_id = runs.run_id)
        UNION ALL
        SELECT user_email, run_id, NULL, 'run.cost_exceeded', notify, NULL
        FROM users JOIN runs ON user_email = email JOIN run_costs USING (run_id)
        WHERE preferences ? 'notify_cost_limit_usd' AND runs.created_at > CAST(:at AS timestamptz) - interval '30 days'
            AND (status NOT IN ('completed', 'failed', 'cancelled')
                OR runs.updated_at > CAST(:at AS timestamptz) - interval '1 day')
            AND nanos > CAST(preferences ->> 'notify_cost_limit_usd' AS numeric) * 1000000000
    )""")
)
_TEST: Final = text(
    fill_from(
        """(
            SELECT CAST(:email AS text) AS user_email, CAST(NULL AS text) AS run_id, CAST(NULL AS bigint) AS seq,
                CAST(:event AS text) AS event, CAST(NULL AS boolean) AS notify, CAST(NULL AS text) AS cause
        )""",
        id_is="CAST(:id AS text)",
    )
    + " RETURNING target"
)
_DISABLED: Final = text(
    fill_from(
        """(
            SELECT user_email, run_id, CAST(NULL AS bigint) AS seq, CAST(:event AS text) AS event,
                CAST(NULL AS boolean) AS notify, CAST(:cause AS text) AS cause
            FROM notifications WHERE id = :id AND target = :target
        )""",
        id_is="CAST(:id AS text) || '-' || CAST(:target AS text) || '-disabled'",
        only="wanted.target = 'mail'",
    )
)


def fill_test(connection: Connection, email: str, notification_id: str, *, at: datetime) -> list[str]:
    """Store a test for each target of a user that is set and not disabled; returns the targets."""
    values = {"email": email, "id": notification_id, "event": NotificationEvent.TEST.value, "at": at}
    return list(connection.execute(_TEST, values).scalars())


def fill_disabled(connection: Connection, notification_id: str, target: str, *, cause: str, at: datetime) -> None:
    """Store that the owner is to be told by mail that `target`, which did not take a notification, is disabled."""
    event = NotificationEvent.TARGET_DISABLED.value
    values = {"id": notification_id, "target": target, "event": event, "cause": cause, "at": at}
    connection.execute(_DISABLED, values)


def fill_found(connection: Connection, *, at: datetime) -> int:
    """Store what no journal says: runs that are stuck, work directories that expire, costs above a limit.

    Returns the number of new notifications.
    """
    values = {"at": at, "submitted_by": at - SUBMITTED_TOO_LONG, "expires_by": at + EXPIRES_SOON}
    return connection.execute(_FOUND, values).rowcount
