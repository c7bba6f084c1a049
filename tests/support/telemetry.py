"""Telemetry in the state of a new process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fresh_telemetry() -> Iterator[None]:
    """Inside the context telemetry is not started yet; the previous state is restored afterwards."""
    root = logging.getLogger("sluice")
    handlers, level, propagate = root.handlers[:], root.level, root.propagate
    root.handlers.clear()
    yield
    root.handlers[:], root.propagate = handlers, propagate
    root.setLevel(level)
