"""The environment, the telemetry and the clock that every main.py needs first.

`composition` has one module for each object that several functions build. Each function imports only the modules that
it uses, so its package, its requirements and its variables contain nothing else.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from common.settings import Environment
from common.telemetry import start_telemetry


@contextmanager
def environment() -> Iterator[Environment]:
    """The variables of this process, to read settings from.

    Raises SettingsError at the end of the block, naming every variable that is missing or wrong; starts telemetry
    when there is none.
    """
    env = Environment(os.environ)
    yield env
    env.check()
    start_telemetry()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)
