"""Telemetry in the state of a new process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Recorder(logging.Handler):
    """Keeps the action of each record."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.actions.append(str(vars(record).get("action")))


@contextmanager
def recorded_actions() -> Iterator[list[str]]:
    """The actions that are written to telemetry inside the context, whether telemetry is started or not."""
    recorder, root = _Recorder(), logging.getLogger("sluice")
    root.addHandler(recorder)
    yield recorder.actions
    root.removeHandler(recorder)


@contextmanager
def fresh_telemetry() -> Iterator[None]:
    """Inside the context telemetry is not started yet; the previous state is restored afterwards."""
    root = logging.getLogger("sluice")
    handlers, level, propagate = root.handlers[:], root.level, root.propagate
    root.handlers.clear()
    yield
    root.handlers[:], root.propagate = handlers, propagate
    root.setLevel(level)
