"""How many runs a user may start and have, counted in Postgres."""

from common.services.runs.creation import OwnerLimits
from common.settings import Environment


def read_owner_limits(env: Environment) -> OwnerLimits:
    return OwnerLimits(per_minute=env.count("RUNS_PER_MINUTE", 10), live=env.count("LIVE_RUNS_PER_USER", 50))
