"""The errors that Sluice raises on purpose.

SluiceError
├── ValidationError       the request is well formed but has errors; lists all of them
├── MalformedBodyError    the body is not a JSON object
├── UnauthenticatedError  the caller is not known
├── AuthorizationError    the caller is known, but not allowed to do this
│   └── ForeignSiteError  a page of another site made the caller's browser send the request
├── UnsupportedTypeError  the body has a type that the address does not take
├── NotFoundError         the thing does not exist
├── ConflictError         the state of the thing does not allow this
├── TooLargeError         the request is larger than allowed
├── TooManyRequestsError  the caller must slow down and try again
├── BenchlingError        the Benchling warehouse could not answer
├── BatchError            Cloud Batch refuses the request for good
└── UnavailableError      a service that Sluice depends on is away; a retry may succeed
    └── RoleMissingError  a service account of Sluice lacks a role; a retry succeeds once it is granted

Each has a stable `code` for programs, and a message that tells people what is wrong and what to do. Only `common/web`
turns them into HTTP answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error in a request.

    `field` is a JSON path such as `params.aligner` or the name of an uploaded text such as `samplesheet_csv`;
    `row` and `column` say where in a samplesheet (row 1 is the header line); of a config, `row` is the line.
    """

    field: str
    message: str
    row: int | None = None
    column: str | None = None


class SluiceError(Exception):
    """Any error that Sluice raises on purpose; `code` is stable, `message` is for people."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(SluiceError):
    """The request is well formed but has errors; `faults` lists all of them."""

    code = "VALIDATION_ERROR"

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{first.field}: {first.message}{more}")
        self.faults = tuple(faults)


class MalformedBodyError(SluiceError):
    """The body is not a JSON object."""

    code = "MALFORMED_BODY"


class UnauthenticatedError(SluiceError):
    """The caller's identity is missing, expired or cannot be verified."""

    code = "UNAUTHENTICATED"


class AuthorizationError(SluiceError):
    """The caller is known, but not allowed to do this."""

    code = "FORBIDDEN"


class ForeignSiteError(AuthorizationError):
    """A page of another site made the caller's browser send the request."""

    code = "FOREIGN_SITE"


class UnsupportedTypeError(SluiceError):
    """The body has a type that the address does not take."""

    code = "UNSUPPORTED_MEDIA_TYPE"


class NotFoundError(SluiceError):
    """The thing that the request names does not exist."""

    code = "NOT_FOUND"


class ConflictError(SluiceError):
    """The state of the thing that the request names does not allow this."""

    code = "CONFLICT"


class TooLargeError(SluiceError):
    """The request is larger than allowed."""

    code = "TOO_LARGE"


class UnavailableError(SluiceError):
    """A service that Sluice depends on is away; the same request may succeed after `retry_after_s` seconds."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RoleMissingError(UnavailableError):
    """A service account of Sluice lacks a role; telemetry names the role for the operator."""

    code = "ROLE_MISSING"

    def __init__(self, service: str) -> None:
        why = f"{service} refuses access to Sluice; an operator has to grant it the role that the telemetry names"
        super().__init__(why, retry_after_s=60)


class TooManyRequestsError(SluiceError):
    """The caller or the whole project sends too many requests; try again after `retry_after_s` seconds."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BenchlingError(SluiceError):
    """The Benchling warehouse could not answer."""

    code = "BENCHLING_ERROR"


class BatchError(SluiceError):
    """Cloud Batch refused a request and would refuse it again."""

    code = "BATCH_ERROR"
