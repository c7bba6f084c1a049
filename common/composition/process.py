"""What every main.py needs first: its environment, telemetry and a clock.

`composition` has one module per thing that several functions build: a function imports, packs and requires only what
it uses, and reads only the variables of those modules, because Python and the packer follow the same imports.
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
