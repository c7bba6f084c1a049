"""Telemetry as a process finds it that has just started."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fresh_telemetry() -> Iterator[None]:
    """Telemetry that was not started yet; what is started inside is undone at the end."""
    root = logging.getLogger("sluice")
    handlers, level, propagate = root.handlers[:], root.level, root.propagate
    root.handlers.clear()
    yield
    root.handlers[:], root.propagate = handlers, propagate
    root.setLevel(level)
