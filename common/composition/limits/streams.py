"""How many streams a user may have open on one instance."""

from common.settings import Environment
from common.web.callers.limits import UserSlots


def read_streams(env: Environment) -> UserSlots:
    """Streams of any kind."""
    return UserSlots("open streams", env.count("STREAMS_PER_USER", 30))


def read_task_streams(env: Environment) -> UserSlots:
    """An instance follows the output of 100 tasks, and one user must not take them all."""
    return UserSlots("open streams of task output", env.count("TASK_STREAMS_PER_USER", 10))
