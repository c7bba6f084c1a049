"""What can go wrong, as one tree; `EXIT_OF` turns each kind into the exit code of the command.

SluiceError
├── InputError        what was given is wrong; `faults` lists what the service refused
├── SignInError       not signed in, or not allowed
│   └── RefusedError  … with an identity that may be too old
├── NotFoundError
├── ConflictError     the state of the run, or a file that is there already, does not allow it
├── UnavailableError  the service does not answer, or answers that it cannot
│   └── ConnectionLostError  … now; it may a little later
├── RunFailed         the run that was waited for failed
├── RunCancelled      … was cancelled
├── TimedOut          … did not end in time
└── Interrupted       ctrl-C; the run goes on
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input; row 1 of a samplesheet is its header."""

    field: str
    message: str
    row: int | None = None
    column: str | None = None


class SluiceError(Exception):
    """Any error of the client. `request_id` is the one that the operator of the service can look up."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.request_id = request_id


class InputError(SluiceError):
    """What was given is wrong."""

    def __init__(self, message: str, *, request_id: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message, request_id=request_id)
        self.faults = tuple(faults)


class SignInError(SluiceError):
    """Nobody is signed in, or the user may not do this."""


class RefusedError(SignInError):
    """The service did not accept the identity; a renewed one may do."""


class NotFoundError(SluiceError):
    """There is no such thing."""


class ConflictError(SluiceError):
    """The present state does not allow it."""


class UnavailableError(SluiceError):
    """The service did not answer, or could not do it now."""


class ConnectionLostError(UnavailableError):
    """The connection could not be made, or broke. `retry_after_s` is what the service asked for, if it answered."""

    def __init__(self, message: str, *, request_id: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after_s = retry_after_s


class RunFailed(SluiceError):
    """A run failed. `cause` and `evidence` are those of its diagnosis; without one, the cause is "unknown"."""

    def __init__(self, message: str, *, cause: str = "unknown", evidence: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.cause = cause
        self.evidence = tuple(evidence)


class RunCancelled(SluiceError):
    """A run was cancelled."""


class TimedOut(SluiceError):
    """A run did not end in the time that was given."""


class Interrupted(SluiceError):
    """Ctrl-C; the message says how to go on."""


EXIT_OF: Final[Mapping[type[SluiceError], int]] = {
    RunFailed: 1,
    InputError: 2,
    SignInError: 3,
    NotFoundError: 4,
    ConflictError: 5,
    UnavailableError: 6,
    SluiceError: 6,
    RunCancelled: 7,
    TimedOut: 124,
    Interrupted: 130,
}

_OF_STATUS: Final[Mapping[int, type[SluiceError]]] = {
    400: InputError,
    401: SignInError,
    403: SignInError,
    404: NotFoundError,
    409: ConflictError,
    413: InputError,
    415: InputError,
    422: InputError,
}


def exit_code_of(error: SluiceError) -> int:
    """The exit code of the nearest ancestor that has one."""
    return next(EXIT_OF[kind] for kind in type(error).__mro__ if kind in EXIT_OF)


def error_from(status: int, body: object) -> SluiceError:
    """The error that an answer of the service stands for. `body` is its JSON, or None if it has none."""
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    message = str(told.get("detail") or told.get("error_description") or f"the service answered {status}")
    request_id = told.get("request_id")
    kind = _OF_STATUS.get(status, UnavailableError)
    if kind is InputError:
        return InputError(message, request_id=request_id, faults=_faults_in(told))
    return kind(message, request_id=request_id)


def _faults_in(told: Mapping[str, Any]) -> list[Fault]:
    listed = told.get("faults") or []
    return [Fault(str(one.get("field")), str(one.get("message")), one.get("row"), one.get("column")) for one in listed]
