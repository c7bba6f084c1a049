"""Connections to the Benchling warehouse: few, encrypted, and unable to write."""

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
_KEPT_FOR_S: Final = 240  # firewalls forget idle connections after some minutes, and tell neither end
_LOST_AFTER_S: Final = 5  # beyond the statement's time: what has not come by then never comes

# A role that may only read is not ours to make, so each session refuses to write as well.
_SESSION: Final = """
SELECT set_config('default_transaction_read_only', 'on', false),
       set_config('statement_timeout', %s, false),
       set_config('TimeZone', 'UTC', false)
"""


def benchling_engine(address: str, *, statement_timeout_s: float = STATEMENT_TIMEOUT_S) -> Engine:
    """An engine for `address`, `postgresql://user:password@host/warehouse?sslmode=verify-full`.

    `sslmode` and `sslrootcert` mean what libpq means by them; verify-full is the default. Each statement is a
    transaction of its own. Nothing connects before the first statement. Raises ValueError for an address that cannot
    be used, which it does not repeat: it holds a password.
    """
    try:
        url = make_url(address).set(drivername="postgresql+pg8000")
    except ArgumentError:
        told = "the address of the warehouse is none; it looks like postgresql://user:password@host/name"
        raise ValueError(told) from None
    if strange := sorted(url.query.keys() - {"sslmode", "sslrootcert"}):
        raise ValueError(f"the address of the warehouse may not set {strange[0]}, only sslmode and sslrootcert")
    options = {"timeout": _CONNECT_TIMEOUT_S, "application_name": "sluice", "ssl_context": _encryption(url.query)}
    engine = create_engine(
        url.difference_update_query(["sslmode", "sslrootcert"]),
        connect_args=options,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=_WAIT_FOR_CONNECTION_S,
        pool_recycle=_KEPT_FOR_S,
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
        own = getattr(connection, "_usock", None)
        if isinstance(own, socket.socket):  # until here it was the time limit for connecting
            own.settimeout(statement_timeout_s + _LOST_AFTER_S)

    return start


def _encryption(query: Mapping[str, Any]) -> ssl.SSLContext | Literal[False]:
    mode, root = query.get("sslmode", "verify-full"), query.get("sslrootcert")
    if mode == "disable":
        return False
    if mode not in {"require", "verify-ca", "verify-full"}:
        raise ValueError("sslmode must be disable, require, verify-ca or verify-full")
    context = ssl.create_default_context(cafile=root)
    if mode != "verify-full":
        context.check_hostname = False
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
