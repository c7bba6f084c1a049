"""How Google's clients are made, and what their failures mean to the rest of the code.

REST everywhere: one failure then has one class, wherever the code runs (gRPC raises subclasses of its own). The
libraries are imported when something is asked of them: a function that is only read from starts 200 ms earlier.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common.errors import RoleMissingError, UnavailableError
from common.telemetry import telemetry

log = telemetry("google")


def rest_client_arguments(endpoint: str | None) -> dict[str, Any]:
    """Arguments for a generated client: Google's own address, or `endpoint` (http://host:port), which needs nobody."""
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    if endpoint is None:
        return {"transport": "rest"}
    return {
        "transport": "rest",
        "credentials": AnonymousCredentials(),
        "client_options": {"api_endpoint": endpoint},
    }


@contextmanager
def unavailable_when_away(service: str, *, role: str | None = None) -> Iterator[None]:
    """Turn what may pass (server errors, too many requests, no connection) into UnavailableError.

    `role` is what our account needs there; with it, being forbidden something becomes RoleMissingError.
    """
    from google.api_core import exceptions as google_errors  # noqa: PLC0415
    from google.auth.exceptions import TransportError  # noqa: PLC0415
    from requests.exceptions import ChunkedEncodingError, Timeout  # noqa: PLC0415
    from requests.exceptions import ConnectionError as RequestsConnectionError  # noqa: PLC0415

    try:
        yield
    except (
        google_errors.ServerError,
        google_errors.TooManyRequests,
        google_errors.RetryError,
        TransportError,
        RequestsConnectionError,
        ChunkedEncodingError,
        Timeout,
    ) as error:
        raise UnavailableError(f"{service} is away; try again") from error
    except google_errors.Forbidden as error:
        if role is None:
            raise
        raise role_missing(service, role, error.message) from error


def role_missing(service: str, role: str, said: str) -> RoleMissingError:
    """The error to raise when `service` answered 403; the operator is told what to do about what Google `said`."""
    advice = f"grant {role} to the service account of this function (terraform/iam.tf), and see that the API is enabled"
    log.error(
        "Google refuses our own account",
        extra={"action": "role_missing", "service": service, "do": advice, "why": said},
    )
    return RoleMissingError(service)
