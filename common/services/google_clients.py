"""Arguments for Google's clients, and the translation of their errors into ours.

All clients use REST, because gRPC raises other classes for the same errors. The libraries are imported inside the
functions, so that a request that does not need them starts 200 ms earlier.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common.errors import RoleMissingError, UnavailableError
from common.telemetry import telemetry

log = telemetry("google")


def rest_client_arguments(endpoint: str | None) -> dict[str, Any]:
    """Arguments for a generated client.

    It calls Google, or `endpoint` (http://host:port), which needs no credentials.
    """
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415

    if endpoint is None:
        return {"transport": "rest"}
    return {
        "transport": "rest",
        "credentials": AnonymousCredentials(),
        "client_options": {"api_endpoint": endpoint},
    }


@contextmanager
def translate_google_errors(service: str, *, role: str | None = None) -> Iterator[None]:
    """Raise UnavailableError for temporary errors: server errors, too many requests, no connection, no token.

    An answer that is neither a success nor an error of the request is temporary, too, such as 408, for which the
    library has no class. A token that the metadata server does not give raises RefreshError (google.auth's
    compute_engine.credentials). With `role`, the role that our service account needs, a 403 raises RoleMissingError.
    """
    from google.api_core import exceptions as google_errors  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from requests.exceptions import ChunkedEncodingError, Timeout  # noqa: PLC0415
    from requests.exceptions import ConnectionError as RequestsConnectionError  # noqa: PLC0415

    try:
        yield
    except google_errors.Forbidden as error:
        if role is None:
            raise
        raise role_missing(service, role, error.message) from error
    except google_errors.ClientError as error:
        if not isinstance(error, google_errors.TooManyRequests):
            raise
        raise UnavailableError(f"{service} is unavailable; try again") from error
    except (
        google_errors.GoogleAPICallError,
        google_errors.RetryError,
        GoogleAuthError,
        RequestsConnectionError,
        ChunkedEncodingError,
        Timeout,
    ) as error:
        raise UnavailableError(f"{service} is unavailable; try again") from error


def role_missing(service: str, role: str, reason: str) -> RoleMissingError:
    """The error for a 403 of `service`. Logs Google's `reason` and tells the operator which role to grant."""
    advice = (
        f"grant {role} to the service account of this function (terraform/iam.tf) and check that the API is enabled"
    )
    log.error(
        "Google denied access to our service account",
        extra={"action": "role_missing", "service": service, "do": advice, "why": reason},
    )
    return RoleMissingError(service)
