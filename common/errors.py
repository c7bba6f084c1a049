"""The errors Sluice raises on purpose, each named as a fact.

SluiceError
├── ValidationError       the request is understood and wrong; carries one fault per thing wrong
├── MalformedBodyError    the body is not JSON at all
├── UnauthenticatedError  nobody knows who is asking
├── AuthorizationError    we know who is asking, and they may not
├── NotFoundError         there is no such thing
├── ConflictError         the thing is not in a state that allows this
├── TooLargeError         more bytes than we accept
├── TooManyRequestsError  slow down, then try again
├── BenchlingError        the Benchling warehouse could not answer
├── BatchError            Cloud Batch refused, and will refuse again
└── UnavailableError      something we depend on is away; the same request may succeed later
    └── RoleMissingError  Google refuses Sluice itself; the same request succeeds once its operator has granted a role

Each has a stable `code` for programs and a message that tells people what to do next. `web/` alone turns them
into HTTP answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with what was sent.

    `field` is a JSON path such as `params.aligner` or the name of an uploaded text such as `samplesheet_csv`;
    `row` and `column` say where in a samplesheet (row 1 is the header line); of a config, `row` is the line.
    """

    field: str
    message: str
    row: int | None = None
    column: str | None = None


class SluiceError(Exception):
    """Any error Sluice raises on purpose; `code` is stable, `message` is for people."""

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ValidationError(SluiceError):
    """The request was understood and is wrong; `faults` names every fault found, never only the first."""

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
    """The identity is absent, expired or cannot be verified."""

    code = "UNAUTHENTICATED"


class AuthorizationError(SluiceError):
    """The caller is known and may not do this."""

    code = "FORBIDDEN"


class NotFoundError(SluiceError):
    """What the request names does not exist."""

    code = "NOT_FOUND"


class ConflictError(SluiceError):
    """What the request names is not in a state that allows this."""

    code = "CONFLICT"


class TooLargeError(SluiceError):
    """The request carries more than is accepted."""

    code = "TOO_LARGE"


class UnavailableError(SluiceError):
    """Something we depend on is away; the same request may succeed after `retry_after_s` seconds."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RoleMissingError(UnavailableError):
    """Google does not let one of our own accounts in. Which role it lacks is for the operator, and in telemetry."""

    code = "ROLE_MISSING"

    def __init__(self, service: str) -> None:
        why = f"{service} does not let Sluice in; its operator has to grant a role, which the telemetry names"
        super().__init__(why, retry_after_s=60)


class TooManyRequestsError(SluiceError):
    """The caller, or the project as a whole, asks too often; try again after `retry_after_s` seconds."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BenchlingError(SluiceError):
    """The Benchling warehouse could not answer."""

    code = "BENCHLING_ERROR"


class BatchError(SluiceError):
    """Cloud Batch refused what we asked, and would refuse it again."""

    code = "BATCH_ERROR"
