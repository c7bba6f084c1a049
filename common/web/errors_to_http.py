"""The one table that turns an error into an HTTP answer, whatever the framework.

Every error answer is `{"error", "detail", "code", "request_id"}`, with `faults` for a request that was understood
and is wrong. Only what Sluice says on purpose leaves: an unexpected error is told to telemetry, and the caller gets
the request id to quote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from common import errors
from common.telemetry import request_fields, telemetry

log = telemetry("web")


class MethodNotAllowedError(errors.SluiceError):
    """The address exists, and this method does not exist on it; `allowed` lists those that do."""

    code = "METHOD_NOT_ALLOWED"

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(f"this address answers {', '.join(allowed)}")
        self.allowed = allowed


# class → (status, title); an error takes the row of its nearest ancestor
HTTP_OF: Final[dict[type[errors.SluiceError], tuple[int, str]]] = {
    errors.ValidationError: (422, "Invalid request"),
    errors.MalformedBodyError: (400, "Malformed body"),
    errors.UnauthenticatedError: (401, "Not signed in"),
    errors.AuthorizationError: (403, "Not allowed"),
    errors.NotFoundError: (404, "Not found"),
    MethodNotAllowedError: (405, "Method not allowed"),
    errors.ConflictError: (409, "Conflict"),
    errors.TooLargeError: (413, "Too large"),
    errors.TooManyRequestsError: (429, "Too many requests"),
    errors.BenchlingError: (502, "Benchling failed"),
    errors.BatchError: (502, "Cloud Batch failed"),
    errors.RoleMissingError: (503, "Temporarily unavailable"),
    errors.UnavailableError: (503, "Temporarily unavailable"),
    errors.SluiceError: (500, "Internal error"),
}


def describe(error: errors.SluiceError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """The status, JSON body and headers that tell a caller about `error`."""
    status, title = next(HTTP_OF[kind] for kind in type(error).__mro__ if kind in HTTP_OF)
    body: dict[str, Any] = {"error": title, "detail": error.message, "code": error.code}
    if isinstance(error, errors.ValidationError):
        body["faults"] = [_fault_as_json(fault) for fault in error.faults]
    if request_id := (request_fields.get() or {}).get("request_id"):
        body["request_id"] = request_id
    return status, body, _headers_of(error)


@contextmanager
def unexpected_errors_hidden() -> Iterator[None]:
    """Let Sluice's own errors through; tell telemetry of any other and raise a plain SluiceError in its place.

    This holds the project's one catch-all. It works around synchronous and asynchronous code alike.
    """
    try:
        yield
    except errors.SluiceError:
        raise
    except Exception as error:
        log.exception("unexpected error", extra={"action": "unexpected_error"})
        raise errors.SluiceError("something went wrong on our side; report it with the request id") from error


def _fault_as_json(fault: errors.Fault) -> dict[str, Any]:
    return {"field": fault.field, "row": fault.row, "column": fault.column, "message": fault.message}


def _headers_of(error: errors.SluiceError) -> dict[str, str]:
    if isinstance(error, errors.UnauthenticatedError):
        return {"WWW-Authenticate": "Bearer"}  # HTTP demands a challenge with every 401
    if isinstance(error, errors.UnavailableError | errors.TooManyRequestsError):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, MethodNotAllowedError):
        return {"Allow": ", ".join(error.allowed)}
    return {}
