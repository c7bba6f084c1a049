"""What an environment reports as wrong."""

from collections.abc import Callable

from common.settings import Environment, SettingsError


def faults_of(variables: dict[str, str], read: Callable[[Environment], object] = lambda _env: None) -> str:
    """The message of `check` after `read`; empty when nothing is wrong."""
    env = Environment(variables)
    read(env)
    try:
        env.check()
    except SettingsError as error:
        return str(error)
    return ""
