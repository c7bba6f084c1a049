"""EntryMonths: drops the log entries of old runs, a month at a time."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from common.domain.runs.retention import months_to_drop
from common.models.log_entries import EntryMonthRow
from common.services.postgres.engine import autocommit_connection
from common.telemetry import telemetry

log = telemetry("entry_months")


class EntryMonths:
    """The partitions of `entries`; what is dropped can be read again from the logs bucket."""

    def __init__(self, engine: Engine, *, keep: int) -> None:
        self._engine, self._keep = engine, keep

    def drop_old(self, *, at: datetime) -> int:
        """Drop the months that are older than those to keep; returns their number.

        Raises UnavailableError if a statement has used the entries for more than a second: the next call tries again.
        """
        with autocommit_connection(self._engine) as connection:
            months = connection.execute(select(EntryMonthRow.month, EntryMonthRow.made_at)).all()
            old = months_to_drop({row.month: row.made_at for row in months}, keep=self._keep, at=at)
            for month in old:
                connection.execute(select(func.drop_entry_month(month)))
                log.info("old log entries dropped", extra={"action": "entries_dropped", "month": month.isoformat()})
        return len(old)
