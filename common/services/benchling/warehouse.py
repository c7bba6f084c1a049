"""Queries the Benchling warehouse. Errors never expose its statements or address."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Engine, RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from common.errors import BenchlingError, UnavailableError
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.postgres.failures import STATEMENT_TIMEOUT_STATE, sqlstate
from common.telemetry import telemetry

log = telemetry("benchling")

RETRY_AFTER_S: Final = (0.2, 0.4, 0.8)

# SQLSTATE prefixes: 08 connection, 57P shutting down or starting, 53300 too many connections, 28 authentication.
_AWAY_STATES: Final = ("08", "57P", "53300")
_REFUSED_STATES: Final = ("28",)
_MISSING_TABLE_STATE: Final = "42P01"


class WarehouseFailure(StrEnum):
    """Why the warehouse did not answer."""

    AWAY = "away"
    SLOW = "slow"  # it is there, but this statement takes longer than statement_timeout
    SILENT = "silent"  # not even the timeout of the statement was reported
    REFUSED = "refused"
    BUSY = "busy"  # all of our connections are in use
    MISSING = "missing"  # a table of the statement does not exist
    WRONG = "wrong"  # it answers, but the statement does not fit its tables


_MISMATCH: Final = "Benchling's tables do not match Sluice's mapping; tell an administrator"
_MESSAGES: Final = {
    WarehouseFailure.AWAY: "Benchling does not answer; try again in a minute",
    WarehouseFailure.SLOW: "Benchling took too long; narrow the filter, such as name or completed_from, and try again",
    WarehouseFailure.SILENT: "Benchling does not answer; try again in a minute",
    WarehouseFailure.REFUSED: "Benchling refuses Sluice's credentials; tell an administrator",
    WarehouseFailure.BUSY: "every connection to Benchling is in use; try again",
    WarehouseFailure.MISSING: _MISMATCH,
    WarehouseFailure.WRONG: _MISMATCH,
}
_CIRCUIT_OPEN: Final = "Benchling has not answered repeatedly, so requests are paused; try again in half a minute"
# A statement that is slow or wrong shows that the warehouse is there: one caller must not close it to all.
_OPENS_CIRCUIT: Final = frozenset({WarehouseFailure.AWAY, WarehouseFailure.SILENT, WarehouseFailure.REFUSED})
_SHOWS_PRESENCE: Final = frozenset({WarehouseFailure.SLOW, WarehouseFailure.MISSING, WarehouseFailure.WRONG})


class AnswerLostError(Exception):
    """The socket failed before the answer was complete."""


class MissingTableError(BenchlingError):
    """A table of the statement does not exist."""


class Warehouse:
    """Reads through `engine`. Connection failures are retried up to three times; `pause` waits for seconds."""

    def __init__(self, engine: Engine, circuit: CircuitBreaker, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._engine, self._circuit, self._pause = engine, circuit, pause

    def rows(self, statement: str, **values: object) -> Sequence[RowMapping]:
        """The rows of a SELECT, with `values` bound to its :names. Raises BenchlingError, MissingTableError."""
        if not self._circuit.admits():
            raise BenchlingError(_CIRCUIT_OPEN)
        for wait_s in (*RETRY_AFTER_S, None):
            try:
                found = self._query(statement, values)
            except (DBAPIError, PoolTimeoutError, AnswerLostError, OSError) as error:
                failure = failure_of(error)
                if failure != WarehouseFailure.MISSING:  # the caller decides whether that matters
                    _log(failure, error)
                if failure == WarehouseFailure.AWAY and wait_s is not None:
                    self._pause(wait_s)
                    continue
                self._update_circuit(failure)
                kind = MissingTableError if failure == WarehouseFailure.MISSING else BenchlingError
                raise kind(_MESSAGES[failure]) from error
            self._circuit.succeeded()
            return found
        raise AssertionError("the last attempt must return or raise")

    def check_ready(self) -> None:
        """Raise UnavailableError unless the warehouse answers."""
        try:
            self.rows("SELECT 1")
        except BenchlingError as error:
            raise UnavailableError(error.message) from error

    def _query(self, statement: str, values: dict[str, Any]) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            try:
                return connection.execute(text(statement), values).mappings().all()
            except OSError as error:  # pg8000 does not wrap all of them; the rest of an answer may still arrive
                connection.invalidate(error)
                raise AnswerLostError from error

    def _update_circuit(self, failure: WarehouseFailure) -> None:
        if failure in _OPENS_CIRCUIT:
            self._circuit.failed()
        elif failure in _SHOWS_PRESENCE:
            self._circuit.succeeded()


def failure_of(error: BaseException) -> WarehouseFailure:
    """The kind of failure that an error of SQLAlchemy, pg8000 or the socket stands for."""
    if isinstance(error, PoolTimeoutError):
        return WarehouseFailure.BUSY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if state := sqlstate(cause):
        return _failure_by_state(state)
    if cause is not None and isinstance(cause.__cause__, TimeoutError) and not _is_about_connecting(cause):
        return WarehouseFailure.SILENT
    if isinstance(cause, OSError | AnswerLostError) or type(cause).__name__ == "InterfaceError":
        return WarehouseFailure.AWAY
    return WarehouseFailure.WRONG


def _is_about_connecting(error: BaseException) -> bool:
    return "create a connection" in str(error)


def _failure_by_state(state: str) -> WarehouseFailure:
    if state == STATEMENT_TIMEOUT_STATE:
        return WarehouseFailure.SLOW
    if state == _MISSING_TABLE_STATE:
        return WarehouseFailure.MISSING
    if state.startswith(_AWAY_STATES):
        return WarehouseFailure.AWAY
    return WarehouseFailure.REFUSED if state.startswith(_REFUSED_STATES) else WarehouseFailure.WRONG


def _log(failure: WarehouseFailure, error: BaseException) -> None:
    """Log the kind of failure, without the statement and the address."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    facts = {
        "action": "benchling_failed",
        "trouble": str(failure),
        "kind": type(cause).__name__,
        "state": sqlstate(cause),
    }
    log.warning("no answer from Benchling", extra=facts)
