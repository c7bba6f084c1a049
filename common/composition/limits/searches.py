"""How many searches a user may ask of one instance in a minute."""

from common.settings import Environment
from common.web.callers.limits import UserRate


def read_searches(env: Environment) -> UserRate:
    return UserRate("searches", env.count("SEARCHES_PER_MINUTE", 120))
