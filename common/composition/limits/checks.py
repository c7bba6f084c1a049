"""How many checks of a run's inputs a user may ask of one instance in a minute."""

from common.settings import Environment
from common.web.callers.limits import UserRate


def read_checks(env: Environment) -> UserRate:
    """A request takes one check for each MiB that its body begins, also if it does not say how long it is."""
    return UserRate("checks of inputs, counted by the MiB,", env.count("CHECKS_PER_MINUTE", 60))
