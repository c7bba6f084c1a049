"""The connection pool to Postgres."""

import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import pg8000
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from common.domain.text.storable import storable_json
from common.errors import UnavailableError
from common.services.postgres.failures import ConnectionLostError, database_unavailable, raise_unavailable
from common.services.postgres.one_flush import send_in_one_flush

_Result = TypeVar("_Result")

_CONNECT_TIMEOUT_S = 10
_TRUSTED_FOR_S = 1  # after its last use; a connection is seldom lost in so short a time
# Together a minute: seconds of silence before the first probe, seconds between probes, probes without an answer;
# milliseconds until sent data must be acknowledged.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
_is_reading: Final = ContextVar("is_reading", default=False)  # while `read` takes a connection out of the pool


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """A Cloud SQL database, which `user` signs in to by IAM, or any Postgres at `url`."""

    url: str | None
    instance: str  # project:region:name
    user: str
    name: str
    pool_size: int


def make_engine(settings: DatabaseSettings, *, clock: Callable[[], float] = time.monotonic) -> Engine:
    """An engine with its own pool for one database. Nothing connects before the first statement.

    A connection that was lost while it was idle is replaced: `read` notices it, and for all others a connection is
    checked first, unless it was used within the last second. Statements raise UnavailableError while the database
    cannot be reached, and when they exceed statement_timeout.
    """
    pool: dict[str, Any] = {
        "poolclass": _Pool,
        "json_serializer": storable_json,
        "pool_size": settings.pool_size,
        "max_overflow": 0,
        "pool_timeout": _CONNECT_TIMEOUT_S,
        "pool_use_lifo": True,  # the one that was used last needs no check, and is the likeliest to be alive
        "pool_recycle": 1800,
        "hide_parameters": True,  # an error would quote the values of a statement
    }
    if settings.url:  # local databases only, without TLS: pg8000 would spend time on certificates
        terms = {"timeout": _CONNECT_TIMEOUT_S, "ssl_context": False}
        engine = create_engine(settings.url, connect_args=terms, **pool)
        event.listen(engine, "connect", _remove_read_timeout)
    else:
        engine = create_engine("postgresql+pg8000://", creator=lambda: _cloud_sql_connection(settings), **pool)
    event.listen(engine, "connect", _tune_connection)
    event.listen(engine, "handle_error", raise_unavailable)
    for moment in ("connect", "checkin"):
        event.listen(engine, moment, partial(_note_use, clock=clock))
    event.listen(engine, "checkout", partial(_check_connection, clock=clock))
    return engine


def read(engine: Engine, work: Callable[[Connection], _Result]) -> _Result:
    """What `work` returns; it may only read. Each of its statements is its own transaction.

    The connection is not checked first, which would be one more round trip. If it was lost, as when Postgres restarted
    while it was idle, `work` runs once more on another one.
    """
    try:
        return _read_once(engine, work)
    except ConnectionLostError:  # all connections as old as this one have left the pool
        return _read_once(engine, work)


def _read_once(engine: Engine, work: Callable[[Connection], _Result]) -> _Result:
    token = _is_reading.set(True)
    try:
        connection = engine.connect()
    finally:
        _is_reading.reset(token)
    with connection:
        return work(connection)


@contextmanager
def autocommit_connection(engine: Engine) -> Iterator[Connection]:
    """A connection that commits each statement separately.

    Use it for a single statement that writes: ending a transaction takes one more round trip.
    """
    with engine.connect() as connection:
        if own := connection.connection.dbapi_connection:
            own.autocommit = True
        yield connection


def check_ready(engine: Engine) -> None:
    """Raise UnavailableError unless Postgres answers."""
    read(engine, lambda connection: connection.exec_driver_sql("SELECT 1"))


class _Pool(QueuePool):
    """A pool that raises UnavailableError when it has no connection to give."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except PoolTimeoutError as error:
            raise UnavailableError("every connection to the database is in use; try again") from error
        except OSError as error:  # pg8000 does not wrap every socket error while connecting
            raise database_unavailable() from error


def _cloud_sql_connection(settings: DatabaseSettings) -> DBAPIConnection:
    from google.cloud.sql.connector import Connector  # noqa: PLC0415 370 ms that a database with a URL does not need

    global _connector  # noqa: PLW0603 one per process: it holds certificates and a thread
    if _connector is None:
        _connector = Connector(refresh_strategy="lazy", ip_type="private")
    connection: DBAPIConnection = _connector.connect(
        settings.instance, "pg8000", user=settings.user, db=settings.name, enable_iam_auth=True
    )
    return connection


_connector: Any = None


def _tune_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Send without delay, and detect a server that vanished without closing the connection, as when a zone fails.

    Nagle's algorithm would delay statements over 8 KiB by 40 ms; without keep-alive a read would wait for ever.
    """
    send_in_one_flush(connection)
    own = getattr(connection, "_usock", None)
    if isinstance(own, socket.socket) and own.family in {socket.AF_INET, socket.AF_INET6}:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):  # not every system has all of them
                own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _remove_read_timeout(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Remove pg8000's connect timeout from the socket: it stays there and would abort long statements."""
    own = getattr(connection, "_usock", None)
    if isinstance(own, socket.socket):
        own.settimeout(None)


def _note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry, *, clock: Callable[[], float]) -> None:
    entry.info["used_at"] = clock()


def _check_connection(
    connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object, *, clock: Callable[[], float]
) -> None:
    """Raise InvalidatePoolError, for which the pool connects again, if the connection was lost."""
    own: Any = connection
    own.autocommit, own.first_statements = True, ()
    if _is_reading.get():
        return
    if clock() - entry.info.get("used_at", -math.inf) > _TRUSTED_FOR_S:
        try:
            connection.cursor().execute(";")
        except (pg8000.Error, OSError) as error:
            raise InvalidatePoolError from error
    connection.autocommit = False
