"""Counts runs in the stats of their owners: total_runs at creation, the other stats at completion.

Each count is part of the transaction that creates or completes the run. As that happens only once per run, a repeated
request or message is not counted twice. A recovery run counts as a run of the user who requested it.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, func, literal
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.run import Run
from common.domain.users.user import default_display_name
from common.models.users.users import UserRow


def count_new_run(connection: Connection, run: Run) -> None:
    """Count a run that this transaction creates."""
    add_to_stats(connection, run.user_email, {"total_runs": 1})


def count_completed_run(connection: Connection, run: Run) -> None:
    """Count a run that this transaction completes, with its samples."""
    added = {"successful_runs": 1, "total_samples_processed": run.sample_count}
    add_to_stats(connection, run.user_email, added)


def add_to_stats(connection: Connection, email: str, added: Mapping[str, int]) -> None:
    """Add to the numbers in a user's stats; locks the user's row, or creates it if there is none."""
    row = upsert(UserRow).values(
        email=email, display_name=default_display_name(email), last_login_at=None, stats=dict(added)
    )
    sums = chain.from_iterable((literal(name, Text), _now(name) + more) for name, more in added.items())
    stats = UserRow.stats.concat(func.jsonb_build_object(*sums))
    connection.execute(row.on_conflict_do_update(index_elements=[UserRow.email], set_={"stats": stats}))


def _now(name: str) -> ColumnElement[Any]:
    return func.coalesce(UserRow.stats[name].astext.cast(BigInteger), 0)
