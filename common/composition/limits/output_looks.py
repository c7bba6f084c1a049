"""The limit on looks at task output, which holds for each user over all instances."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Engine

from common.services.postgres.quotas import Quota, QuotaStore
from common.settings import Environment


def read_output_looks(env: Environment) -> int:
    return env.count("TASK_OUTPUTS_PER_MINUTE", 60)


def output_looks(engine: Engine, per_minute: int, clock: Callable[[], datetime]) -> Callable[[str], None]:
    """Takes one look at task output from a user's minute. Raises TooManyRequestsError, UnavailableError.

    Counted in Postgres for all instances together, because all of them share Google's quota of log reads.
    """
    quotas = QuotaStore(engine)

    def take(user: str) -> None:
        key = f"output looks {blake2b(user.encode(), digest_size=16).hexdigest()}"
        quotas.take(Quota(name="looks at task output", key=key, burst=per_minute, per_minute=per_minute), at=clock())

    return take
