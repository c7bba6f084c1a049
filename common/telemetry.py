"""Structured telemetry: one JSON object per line on stdout, in the format that Cloud Logging reads.

The field names are those of Cloud Logging (severity, message, logging.googleapis.com/trace); everything passed as
`extra` becomes a field of jsonPayload. Telemetry is what Sluice writes; log lines are what pipelines write.
"""

import contextvars
import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from common.domain.text.secrets import hide_in, hide_in_text

# The ids of the current request, added to every record that is written while it is answered.
request_fields: contextvars.ContextVar[dict[str, str] | None] = contextvars.ContextVar("request_fields", default=None)

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON for Cloud Logging."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            "logger": record.name,
        }
        entry |= request_fields.get() or {}
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            entry["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(hide_in(entry), default=_shown)


def _shown(value: object) -> str:
    """A value that is not JSON, as text without secrets."""
    return hide_in_text(str(value))


def start_telemetry(stream: TextIO | None = None) -> None:
    """Write records of level INFO and above to `stream` (stdout when None); later calls do nothing."""
    root = logging.getLogger("sluice")
    if root.handlers:
        return
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False


def audit(sentence: str, *, action: str, by: str, run_id: str | None = None, **facts: str | int) -> None:
    """Record who did what, and to which run if to one; all such records have the logger `sluice.audit`."""
    known = {"run_id": run_id} if run_id else {}
    telemetry("audit").info(sentence, extra={"action": action, "by": by, **known, **facts})


def telemetry(name: str) -> logging.Logger:
    """The logger `sluice.<name>`; `name` is short, such as `runs`."""
    return logging.getLogger(f"sluice.{name}")
