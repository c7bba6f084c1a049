"""QuotaStore: token buckets in Postgres for limits that hold over all instances."""

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, extract, func
from sqlalchemy.dialects.postgresql import insert as upsert

from common.errors import TooManyRequestsError
from common.models.quotas import QuotaRow
from common.services.postgres.engine import autocommit_connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`burst` calls at once and `per_minute` in the long run: at most their sum in any one minute.

    `name` stands in the error message, as in "reads of Cloud Logging". Quotas with different keys are counted apart;
    without a key the name is the key.
    """

    name: str
    key: str | None = None
    burst: int
    per_minute: int


class QuotaStore:
    """Counts the calls of all instances together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, quota: Quota, *, at: datetime) -> None:
        """Take one call from the quota. Raises TooManyRequestsError when none is left, and UnavailableError."""
        first = upsert(QuotaRow).values(name=quota.key or quota.name, tokens=quota.burst - 1, refilled_at=at)
        waited_s = extract("epoch", first.excluded.refilled_at - QuotaRow.refilled_at)
        gained = func.greatest(0, waited_s) * quota.per_minute / 60  # the clocks of two instances may differ
        left = func.least(quota.burst, QuotaRow.tokens + gained)
        taken = first.on_conflict_do_update(
            index_elements=[QuotaRow.name],
            set_={
                "tokens": left - 1,
                "refilled_at": func.greatest(QuotaRow.refilled_at, first.excluded.refilled_at),
            },
            where=left >= 1,
        ).returning(QuotaRow.name)
        with autocommit_connection(self._engine) as connection:
            if connection.execute(taken).first() is None:
                pause_s = math.ceil(60 / quota.per_minute)
                raise TooManyRequestsError(
                    f"the quota for {quota.name} is used up; try again in {pause_s} s", retry_after_s=pause_s
                )
