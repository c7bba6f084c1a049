"""Who is who in telemetry: the id of a request and the Cloud Trace it belongs to."""

import re
import uuid
from typing import Final, Protocol

TRACE_FIELD: Final = "logging.googleapis.com/trace"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CLOUD_TRACE = re.compile(r"([0-9a-f]{32})(?:[/;].*)?")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")


class Headers(Protocol):
    """The headers of a request, whatever the framework; names are found in any case."""

    def get(self, name: str, default: str, /) -> str: ...


def fields_of_request(headers: Headers, *, project: str | None) -> dict[str, str]:
    """What every telemetry record of one request carries: `request_id`, and the trace when `project` is known.

    A caller's own X-Request-Id is kept when it is 8 to 64 plain characters, so that a front end can find its
    request; otherwise a fresh one is made.
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
