"""Records refused requests (who asked for what, from where, and why it was refused) and programs that were admitted."""

from typing import Final, Protocol

from common.errors import SluiceError
from common.telemetry import request_fields, telemetry
from common.web.errors_to_http import status_of

log = telemetry("web")
audit_log = telemetry("audit")

_REFUSALS: Final = frozenset({401, 403})
_LONGEST_SOURCE: Final = 300  # characters; the addresses that Google adds are at the end
_LONGEST_PATH: Final = 500


class SourceHeaders(Protocol):
    """The headers of a request in any framework; names are case-insensitive."""

    def get(self, name: str, default: str, /) -> str: ...


def note_caller(email: str) -> None:
    """Add the caller to every telemetry record of the current request."""
    fields = request_fields.get()
    if fields is not None:
        fields["by"] = email


def record_program() -> None:
    """Record that a service account was admitted; `by` of the request's records names it, see note_caller."""
    audit_log.info("service account admitted", extra={"action": "program_admitted"})


def record_error(error: SluiceError, *, method: str, path: str, headers: SourceHeaders, peer: str | None) -> None:
    """Record an answer of 400 or above; a refusal (401, 403) is an audit record, with the address that it came from.

    `peer` is who connected. In a deployment that is Google's front end, which names the addresses before it.
    """
    status = status_of(error)
    facts: dict[str, object] = {
        "action": "request_refused" if status in _REFUSALS else "request_failed",
        "status": status,
        "code": error.code,
        "method": method[:20],
        "path": path[:_LONGEST_PATH],
        "why": error.message,
    }
    if status in _REFUSALS:
        source = headers.get("X-Forwarded-For", "")[-_LONGEST_SOURCE:] or peer or "unknown"
        audit_log.warning("request refused", extra=facts | {"source": source})
    else:
        log.info("request answered with an error", extra=facts)
