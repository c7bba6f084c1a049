"""Which receivers of webhooks need not be on the public internet: on the local stack those of the developer."""

from common.settings import Environment


def read_exempt_receivers(env: Environment) -> str | None:
    """The origin below which every address is allowed, such as http://127.0.0.1:9000; None for none."""
    return env.override("EXEMPT_RECEIVERS")
