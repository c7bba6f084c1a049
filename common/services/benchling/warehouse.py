"""Asks the Benchling warehouse, and says in our words why it does not answer: its statements and address stay here."""

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

# Postgres classes: 08 connection, 57P going down or not up yet, 53300 too many connections, 28 who are you?
_AWAY_STATES: Final = ("08", "57P", "53300")
_REFUSED_STATES: Final = ("28",)


class Trouble(StrEnum):
    """Why there is no answer."""

    AWAY = "away"
    SLOW = "slow"
    REFUSED = "refused"
    BUSY = "busy"  # on our side
    WRONG = "wrong"  # it answers, and cannot make sense of the statement


_TOLD: Final = {
    Trouble.AWAY: "Benchling does not answer; try again in a minute",
    Trouble.SLOW: "Benchling took too long over this; narrow the filter, as by name or completed_from, and try again",
    Trouble.REFUSED: "Benchling refuses Sluice's sign-in; tell an administrator",
    Trouble.BUSY: "every connection to Benchling is in use; try again",
    Trouble.WRONG: "Benchling cannot answer this: its tables are not as Sluice's mapping says; tell an administrator",
}
_RESTING: Final = "Benchling has not answered for a while and is left alone; try again in half a minute"
_COUNTED: Final = frozenset({Trouble.AWAY, Trouble.SLOW, Trouble.REFUSED})


class AnswerLostError(Exception):
    """The socket gave up in the middle of an answer."""


class Warehouse:
    """Reads through `engine`. Faults of the connection are tried again, up to three times; `pause` takes seconds."""

    def __init__(self, engine: Engine, circuit: CircuitBreaker, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._engine, self._circuit, self._pause = engine, circuit, pause

    def rows(self, statement: str, **values: object) -> Sequence[RowMapping]:
        """The rows that a SELECT gives for `values`, which are bound to its names. Raises BenchlingError."""
        if not self._circuit.admits():
            raise BenchlingError(_RESTING)
        for wait_s in (*RETRY_AFTER_S, None):
            try:
                found = self._ask(statement, values)
            except (DBAPIError, PoolTimeoutError, AnswerLostError, OSError) as error:
                trouble = trouble_of(error)
                _tell(trouble, error)
                if trouble == Trouble.AWAY and wait_s is not None:
                    self._pause(wait_s)
                    continue
                self._note(trouble)
                raise BenchlingError(_TOLD[trouble]) from error
            self._circuit.succeeded()
            return found
        raise AssertionError("the last attempt has neither answered nor failed")

    def check_ready(self) -> None:
        """Raise UnavailableError unless the warehouse answers."""
        try:
            self.rows("SELECT 1")
        except BenchlingError as error:
            raise UnavailableError(error.message) from error

    def _ask(self, statement: str, values: dict[str, Any]) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            try:
                return connection.execute(text(statement), values).mappings().all()
            except OSError as error:  # pg8000 lets some through, and the rest of an answer may still come
                connection.invalidate(error)
                raise AnswerLostError from error

    def _note(self, trouble: Trouble) -> None:
        if trouble in _COUNTED:
            self._circuit.failed()
        elif trouble == Trouble.WRONG:  # it is there
            self._circuit.succeeded()


def trouble_of(error: BaseException) -> Trouble:
    """What an error of SQLAlchemy, of pg8000 or of the socket below it means."""
    if isinstance(error, PoolTimeoutError):
        return Trouble.BUSY
    own = error.orig if isinstance(error, DBAPIError) else error
    if state := sqlstate(own):
        return _trouble_by_state(state)
    if own is not None and isinstance(own.__cause__, TimeoutError) and not _is_about_connecting(own):
        return Trouble.SLOW
    if isinstance(own, OSError | AnswerLostError) or type(own).__name__ == "InterfaceError":
        return Trouble.AWAY
    return Trouble.WRONG


def _is_about_connecting(error: BaseException) -> bool:
    return "create a connection" in str(error)


def _trouble_by_state(state: str) -> Trouble:
    if state == STATEMENT_TIMEOUT_STATE:
        return Trouble.SLOW
    if state.startswith(_AWAY_STATES):
        return Trouble.AWAY
    return Trouble.REFUSED if state.startswith(_REFUSED_STATES) else Trouble.WRONG


def _tell(trouble: Trouble, error: BaseException) -> None:
    """Telemetry gets the kind of fault, and neither the statement nor the address."""
    own = error.orig if isinstance(error, DBAPIError) else error
    facts = {"action": "benchling_failed", "trouble": str(trouble), "kind": type(own).__name__, "state": sqlstate(own)}
    log.warning("no answer from Benchling", extra=facts)
