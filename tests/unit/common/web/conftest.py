import logging
from collections.abc import Iterator

import pytest

from common.telemetry import JsonFormatter


class Records(logging.Handler):
    """Keeps each telemetry record and its line for Cloud Logging."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.lines.append(JsonFormatter().format(record))


@pytest.fixture
def logged() -> Iterator[Records]:
    """The telemetry records of the test."""
    root, handler = logging.getLogger("sluice"), Records()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)
