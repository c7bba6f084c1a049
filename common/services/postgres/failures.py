"""Classifies the errors of Postgres: which are temporary, and the error that callers get for them."""

from typing import Final

from sqlalchemy import ExceptionContext

from common.errors import UnavailableError

_UNAVAILABLE: Final = "the database is unavailable; try again"
STATEMENT_TIMEOUT_STATE = "57014"

# Postgres classes: 08 connection, 53 out of resources, 57P shutting down; 40001, 40P01 and 55P03 lost a race for a lock
_TEMPORARY_STATES = ("08", "53", "57P", "40001", "40P01", "55P03")


def sqlstate(error: BaseException | None) -> str:
    """The SQLSTATE in an error of pg8000; empty when the error did not come from Postgres."""
    details = error.args[0] if error and error.args else None
    return str(details.get("C", "")) if isinstance(details, dict) else ""


def is_temporary(error: BaseException | None) -> bool:
    """Whether the statement that raised `error`, an error of pg8000, may succeed later."""
    if state := sqlstate(error):
        return state.startswith(_TEMPORARY_STATES)
    return type(error).__name__ == "InterfaceError" or isinstance(error, OSError)


class ConnectionLostError(UnavailableError):
    """The connection broke before or while a statement was answered; whether it took effect is not known."""

    def __init__(self) -> None:
        super().__init__(_UNAVAILABLE)


def database_unavailable() -> UnavailableError:
    """The error for a connection that was lost or could not be made."""
    return UnavailableError(_UNAVAILABLE)


def raise_unavailable(context: ExceptionContext) -> None:
    """Listener for SQLAlchemy's `handle_error`: raises UnavailableError for what is temporary and for timeouts."""
    error = context.original_exception
    if sqlstate(error) == STATEMENT_TIMEOUT_STATE:
        raise UnavailableError("the database took too long to answer; narrow the request and try again") from error
    if context.is_disconnect:
        raise ConnectionLostError from error
    if is_temporary(error):
        raise database_unavailable() from error
