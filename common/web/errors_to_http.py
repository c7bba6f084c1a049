"""Turns errors into HTTP answers, for every framework: the only place that knows statuses.

Every error answer is `{"error", "detail", "code", "request_id"}`, with `faults` for a ValidationError. An unexpected
error is logged with its stack trace; the caller gets only the request id.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from common import errors
from common.domain.text.secrets import hide_in_text, shown_fault
from common.telemetry import request_fields, telemetry

log = telemetry("web")


class MethodNotAllowedError(errors.SluiceError):
    """The address does not have this method; `allowed` lists the methods that it has."""

    code = "METHOD_NOT_ALLOWED"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"this address does not have this method; it has {', '.join(allowed)}")
        self.allowed = allowed


# class → (status, title); an error uses the row of its nearest ancestor
HTTP_OF: Final[dict[type[errors.SluiceError], tuple[int, str]]] = {
    errors.ValidationError: (422, "Invalid request"),
    errors.MalformedBodyError: (400, "Malformed body"),
    errors.UnauthenticatedError: (401, "Not signed in"),
    errors.AuthorizationError: (403, "Not allowed"),
    errors.ForeignSiteError: (403, "Sent by another site"),
    errors.NotFoundError: (404, "Not found"),
    MethodNotAllowedError: (405, "Method not allowed"),
    errors.ConflictError: (409, "Conflict"),
    errors.TooLargeError: (413, "Too large"),
    errors.UnsupportedTypeError: (415, "Unsupported media type"),
    errors.TooManyRequestsError: (429, "Too many requests"),
    errors.BenchlingError: (502, "Benchling failed"),
    errors.BatchError: (502, "Cloud Batch failed"),
    errors.RoleMissingError: (503, "Temporarily unavailable"),
    errors.UnavailableError: (503, "Temporarily unavailable"),
    errors.SluiceError: (500, "Internal error"),
}


def status_of(error: errors.SluiceError) -> int:
    """The HTTP status of the answer to `error`."""
    return _row_of(error)[0]


def _row_of(error: errors.SluiceError) -> tuple[int, str]:
    return next(HTTP_OF[kind] for kind in type(error).__mro__ if kind in HTTP_OF)


def describe(error: errors.SluiceError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """The status, JSON body and headers of the answer to `error`."""
    status, title = _row_of(error)
    if isinstance(error, errors.ValidationError):
        error = errors.ValidationError([shown_fault(fault) for fault in error.faults])
    body: dict[str, Any] = {"error": title, "detail": hide_in_text(error.message), "code": error.code}
    if isinstance(error, errors.ValidationError):
        body["faults"] = [_fault_as_json(fault) for fault in error.faults]
    if request_id := (request_fields.get() or {}).get("request_id"):
        body["request_id"] = request_id
    return status, body, _headers_of(error)


@contextmanager
def unexpected_errors_hidden() -> Iterator[None]:
    """Log any error that is not a SluiceError and raise a plain SluiceError in its place.

    This is the only catch-all that hides an error from a caller; it works around synchronous and asynchronous code.
    """
    try:
        yield
    except errors.SluiceError:
        raise
    except Exception as error:
        log.exception("unexpected error", extra={"action": "unexpected_error"})
        raise errors.SluiceError("an internal error occurred; report it with the request id") from error


def _fault_as_json(fault: errors.Fault) -> dict[str, Any]:
    return {"field": fault.field, "row": fault.row, "column": fault.column, "message": fault.message}


def _headers_of(error: errors.SluiceError) -> dict[str, str]:
    if isinstance(error, errors.UnauthenticatedError):
        return {"WWW-Authenticate": "Bearer"}  # HTTP requires a challenge with every 401
    if isinstance(error, errors.UnavailableError | errors.TooManyRequestsError):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    return {}
