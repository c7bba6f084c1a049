"""Connections to the Benchling warehouse: few, encrypted and read-only."""

import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

POOL_SIZE: Final = 5
STATEMENT_TIMEOUT_S: Final = 30

_CONNECT_TIMEOUT_S: Final = 5
_WAIT_FOR_CONNECTION_S: Final = 10
_RECYCLE_AFTER_S: Final = 240  # firewalls silently drop connections that have been idle for some minutes
_SOCKET_GRACE_S: Final = 5  # beyond the statement timeout: an answer that is not there by then was lost

# We cannot create a read-only role in the warehouse, so every session is read-only too.
_SESSION: Final = """
SELECT set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', %s, false),
       set_config('TimeZone', 'UTC', false)
"""


def benchling_engine(address: str, *, statement_timeout_s: float = STATEMENT_TIMEOUT_S) -> Engine:
    """An engine for `address`, such as `postgresql://user:password@host/warehouse?sslmode=verify-full`.

    `sslmode` and `sslrootcert` have libpq's meaning; the default is verify-full. Each statement is its own transaction;
    the first one connects. Raises ValueError for an invalid address, which the message does not repeat because it holds
    a password.
    """
    try:
        url = make_url(address).set(drivername="postgresql+pg8000")
    except ArgumentError:
        raise ValueError(
            "BENCHLING_URL is not a valid address; expected postgresql://user:password@host/name"
        ) from None
    if unknown := sorted(url.query.keys() - {"sslmode", "sslrootcert"}):
        raise ValueError(f"BENCHLING_URL may not set {unknown[0]}; only sslmode and sslrootcert are supported")
    options = {"timeout": _CONNECT_TIMEOUT_S, "application_name": "sluice", "ssl_context": _encryption(url.query)}
    engine = create_engine(
        url.difference_update_query(["sslmode", "sslrootcert"]),
        connect_args=options,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_S,
        pool_recycle=_RECYCLE_AFTER_S,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _session_starter(statement_timeout_s))
    return engine


def _session_starter(statement_timeout_s: float) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def start(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute(_SESSION, (f"{statement_timeout_s * 1000:.0f}",))
        cursor.close()
        connection.commit()
        pg8000_socket = getattr(connection, "_usock", None)
        if isinstance(pg8000_socket, socket.socket):  # until now it had the time limit for connecting
            pg8000_socket.settimeout(statement_timeout_s + _SOCKET_GRACE_S)

    return start


def _encryption(query: Mapping[str, Any]) -> ssl.SSLContext | Literal[False]:
    mode, root = query.get("sslmode", "verify-full"), query.get("sslrootcert")
    if mode == "disable":
        return False
    if mode not in {"require", "verify-ca", "verify-full"}:
        raise ValueError("sslmode in BENCHLING_URL must be disable, require, verify-ca or verify-full")
    context = ssl.create_default_context(cafile=root)
    if mode != "verify-full":
        context.check_hostname = False
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
