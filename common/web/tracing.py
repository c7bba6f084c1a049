"""Finds the request id and the Cloud Trace that telemetry records carry."""

import re
import uuid
from typing import Final, Protocol

TRACE_FIELD: Final = "logging.googleapis.com/trace"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:[/;].*)?")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")


class Headers(Protocol):
    """The headers of a request in any framework; names are case-insensitive."""

    def get(self, name: str, default: str, /) -> str: ...


def fields_of_request(headers: Headers, *, project: str | None) -> dict[str, str]:
    """The fields of every telemetry record of a request: `request_id`, and the trace if `project` is known.

    The caller's X-Request-Id is used if it has 8 to 64 letters, digits, dots, dashes or underscores; otherwise a new
    one is made.
    """
    given = headers.get("X-Request-Id", "")
    fields = {"request_id": given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex}
    trace = _trace_id(headers)
    if project and trace:
        fields[TRACE_FIELD] = f"projects/{project}/traces/{trace}"
    return fields


def _trace_id(headers: Headers) -> str | None:
    found = _CLOUD_TRACE.fullmatch(headers.get("X-Cloud-Trace-Context", "")) or _TRACEPARENT.fullmatch(
        headers.get("traceparent", "")
    )
    return found[1] if found else None
