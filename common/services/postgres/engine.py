"""The connection pool to Postgres, and what its failures mean to the rest of the code."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from common.domain.text.storable import storable_json
from common.errors import UnavailableError
from common.services.postgres.failures import sqlstate

_CONNECT_TIMEOUT_S = 10
# Postgres classes: 08 connection, 53 out of resources, 57P going down; 40001, 40P01 and 55P03 lost a race
# Seconds of silence, seconds between questions, questions; milliseconds for what was sent: a minute.
_LOST_AFTER = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
_TIME_UP_STATE = "57014"
_PASSING_STATES = ("08", "53", "57P", "40001", "40P01", "55P03")


class Address(Protocol):
    """Where a database is: at `url`, or else it is database `name` of the Cloud SQL `instance`, by IAM identity."""

    @property
    def url(self) -> str | None: ...
    @property
    def instance(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def pool_size(self) -> int: ...


def make_engine(address: Address) -> Engine:
    """An engine for one database, with a pool of its own.

    Statements raise UnavailableError while the database is away, and when their time is up. Nothing connects before
    the first statement.
    """
    pool: dict[str, Any] = {
        "poolclass": _Pool,
        "json_serializer": storable_json,
        "pool_size": address.pool_size,
        "max_overflow": 0,
        "pool_timeout": _CONNECT_TIMEOUT_S,
        "pool_recycle": 1800,
        "pool_pre_ping": True,
    }
    if address.url:  # never a deployment's: no time is spent on looking for certificates
        terms = {"timeout": _CONNECT_TIMEOUT_S, "ssl_context": False}
        engine = create_engine(address.url, connect_args=terms, **pool)
        event.listen(engine, "connect", _read_without_a_deadline)
    else:
        engine = create_engine("postgresql+pg8000://", creator=lambda: _cloud_sql_connection(address), **pool)
    event.listen(engine, "connect", _tune_socket)
    event.listen(engine, "handle_error", _say_when_unavailable)
    event.listen(engine, "connect", _begin_nothing)
    event.listen(engine, "checkin", _begin_nothing)  # so that the pool's ping is one round trip and no transaction
    event.listen(engine, "checkout", _begin_transactions)
    return engine


@contextmanager
def autocommit_connection(engine: Engine) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own.

    For one SELECT that is all there is to do: pg8000 needs four round trips more to begin and end a transaction.
    """
    with engine.connect() as connection:
        if own := connection.connection.dbapi_connection:
            own.autocommit = True
        yield connection


def check_ready(engine: Engine) -> None:
    """Raise UnavailableError unless Postgres answers."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")


class _Pool(QueuePool):
    """A pool that says in our words when no connection is to be had."""

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except PoolTimeoutError as error:
            raise UnavailableError("every connection to the database is in use; try again") from error
        except OSError as error:  # pg8000 does not wrap all that can happen to a socket before it is a connection
            raise UnavailableError("the database is away; try again") from error


def _cloud_sql_connection(address: Address) -> DBAPIConnection:
    from google.cloud.sql.connector import Connector  # noqa: PLC0415 370 ms that a given address does not need

    global _connector  # noqa: PLW0603 one per process: it keeps certificates and a thread
    if _connector is None:
        _connector = Connector(refresh_strategy="lazy", ip_type="private")
    connection: DBAPIConnection = _connector.connect(
        address.instance, "pg8000", user=address.user, db=address.name, enable_iam_auth=True
    )
    return connection


_connector: Any = None


def _tune_socket(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Send at once, and notice a server that is lost without a word, as when a zone fails.

    With Nagle's algorithm statements over 8 KiB wait 40 ms for nothing; a reader of a lost server waits for ever.
    """
    own = getattr(connection, "_usock", None)
    if isinstance(own, socket.socket) and own.family in {socket.AF_INET, socket.AF_INET6}:
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _LOST_AFTER.items():
            if hasattr(socket, name):  # not every system has each of them
                own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _read_without_a_deadline(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """pg8000's timeout is meant for connecting, but stays on the socket and would cut long statements."""
    own = getattr(connection, "_usock", None)
    if isinstance(own, socket.socket):
        own.settimeout(None)


def _begin_nothing(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    if connection:  # None when it was found dead
        connection.autocommit = True


def _begin_transactions(connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: object) -> None:
    connection.autocommit = False


def _say_when_unavailable(context: ExceptionContext) -> None:
    error = context.original_exception
    if sqlstate(error) == _TIME_UP_STATE:
        raise UnavailableError("the database took too long over this; narrow it down and try again") from error
    # A connection that died while nobody used it is replaced before anybody notices.
    if not context.is_pre_ping and (context.is_disconnect or is_passing(error)):
        raise UnavailableError("the database is away; try again") from error


def is_passing(error: BaseException | None) -> bool:
    """Whether what pg8000 raised says that the same statement may succeed later."""
    if state := sqlstate(error):
        return state.startswith(_PASSING_STATES)
    return type(error).__name__ == "InterfaceError" or isinstance(error, OSError)
