"""A connection of pg8000 on which each statement takes one round trip to Postgres instead of three or four.

pg8000 waits for an answer after Parse, after Describe and after Execute, and before them for that of BEGIN. The
protocol allows a client to send all of them and wait once: if one fails, Postgres skips the others up to Sync
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). So the first statement of a
transaction brings its BEGIN along, and errors, rows and COPY are as before.

A `Prepared` statement is also read only once by the Postgres of a connection, and planned only a few times: for a page
that is more than half of its time.

The classes below replace two methods of pg8000 and use its private parts; PG8000_VERSION is the one that they were
written for, and a test fails when another is installed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pg8000 import core, dbapi
from pg8000.converters import TIMESTAMPTZ, make_params, timestamptz_in
from sqlalchemy import Connection

PG8000_VERSION: Final = "1.31.6"
MOST_PREPARED: Final = 20  # statements of a connection; Postgres needs half a megabyte for that of a page

_BEGIN: Final = "begin transaction"
_NO_NAME: Final = b"\0"  # of a statement or portal, which then lives until the next one
_PORTAL: Final = b"P"
_STATEMENTS: Final = 500  # kept with numbered parameters; about a megabyte
_NAMES: Final = tuple(b"s%d\0" % number for number in range(MOST_PREPARED))


class Prepared(str):
    """The text of a statement that each connection prepares when it executes it for the first time.

    Postgres plans it for its values five times, and then for any values if that is no worse by its own estimate.
    """

    __slots__ = ()


class _Known(NamedTuple):
    """What a connection knows of a prepared statement, so that Postgres need not describe its rows again."""

    name: bytes
    columns: Any
    input_functions: Any


def send_in_one_flush(connection: Any) -> None:  # noqa: ANN401 pg8000 has no types
    """Let a connection that pg8000, or the Cloud SQL connector with it, has just made send statements in one flush."""
    connection.__class__ = OneFlushConnection
    connection.prepared = {}
    connection.register_in_adapter(TIMESTAMPTZ, _moment)


def begin_with(connection: Connection, *settings: str) -> None:
    """Begin a transaction with the next statement, and send `settings`, each a SET LOCAL, with it before it."""
    own: Any = connection.connection.dbapi_connection
    own.autocommit, own.first_statements = False, settings


class OneFlushCursor(dbapi.Cursor):  # type: ignore[misc]
    """A cursor that sends BEGIN with the first statement, and numbers the parameters of each statement text once."""

    _input_oids: Sequence[int]

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Iterable[bytes] | None = None) -> None:
        if self._c is None:
            raise dbapi.InterfaceError("Cursor closed")
        before = self._c.take_first_statements()
        if before and stream is not None:  # COPY stays open if its stream fails, so BEGIN must have been answered
            self._c.execute_simple("; ".join(before))
            before = ()
        if isinstance(operation, Prepared):
            context = self._c.execute_prepared(operation, args, before=before)
        elif args or stream is not None:
            statement = _numbered(operation)
            context = self._c.execute_unnamed(statement, args, self._input_oids, stream, before=before)
        else:  # several statements in one message are one round trip, too
            context = self._c.execute_simple("; ".join((*before, operation)))
        self._context = context
        self._row_iter = None if context.rows is None else iter(context.rows)
        self._input_oids = ()


class OneFlushConnection(dbapi.Connection):  # type: ignore[misc]
    """A connection whose statements with parameters are sent, with all that belongs to them, before the one answer."""

    first_statements: tuple[
        str, ...
    ] = ()  # of the next transaction, after its BEGIN; each without an answer of its own
    prepared: dict[str, _Known]  # by text; the last one used is the last

    def cursor(self) -> OneFlushCursor:
        return OneFlushCursor(self)

    def take_first_statements(self) -> tuple[str, ...]:
        """What goes before the next statement: nothing, or what begins a transaction."""
        if self.autocommit or self._in_transaction:
            return ()
        first, self.first_statements = (_BEGIN, *self.first_statements), ()
        return first

    def execute_unnamed(
        self,
        statement: str,
        vals: Sequence[Any] = (),
        oids: Sequence[int] = (),
        stream: Iterable[bytes] | None = None,
        *,
        before: Iterable[str] = (),
    ) -> Any:  # noqa: ANN401 pg8000 has no types
        context = core.Context(statement, stream=stream)
        sent = b"".join(map(self._messages_of, before))
        self._send(sent + self._messages_of(statement, oids, vals), context)
        return context

    def execute_prepared(self, statement: Prepared, vals: Sequence[Any], *, before: Iterable[str] = ()) -> Any:  # noqa: ANN401
        known = self.prepared.pop(statement, None)
        sent = b"".join(map(self._messages_of, before))
        if known:
            context = core.Context(statement, columns=known.columns, input_funcs=known.input_functions)
            sent += self._bind(known.name, vals) + core.EXECUTE_MSG
        else:
            context, name = core.Context(statement), self._free_name()
            closed = _message(core.CLOSE, core.STATEMENT + name)  # it may be there from an execution that failed
            sent += closed + self._parse(name, _numbered(statement)) + self._bind(name, vals) + _DESCRIBE_AND_EXECUTE
        self._send(sent, context)
        self.prepared[statement] = known or _Known(name, context.columns, context.input_funcs)
        return context

    def _free_name(self) -> bytes:
        """The name for one more prepared statement; the one that was not used for the longest time makes room."""
        if len(self.prepared) == MOST_PREPARED:
            return self.prepared.pop(next(iter(self.prepared))).name
        taken = {known.name for known in self.prepared.values()}
        return next(name for name in _NAMES if name not in taken)

    def _send(self, messages: bytes, context: Any) -> None:  # noqa: ANN401
        if self._sock is None:
            raise dbapi.InterfaceError("connection is closed")
        core._write(self._sock, messages + core.SYNC_MSG)  # noqa: SLF001 see the top
        core._flush(self._sock)  # noqa: SLF001
        self.handle_messages(context)

    def handle_messages(self, context: Any) -> None:  # noqa: ANN401
        try:
            super().handle_messages(context)
        except OSError as error:  # pg8000 wraps only some of them, and SQLAlchemy looks for this text
            raise dbapi.InterfaceError("network error") from error

    def _messages_of(self, statement: str, oids: Sequence[int] = (), values: Sequence[Any] = ()) -> bytes:
        """Parse, Bind, Describe and Execute, without the Sync that ends them."""
        return self._parse(_NO_NAME, statement, oids) + self._bind(_NO_NAME, values) + _DESCRIBE_AND_EXECUTE

    def _parse(self, name: bytes, statement: str, oids: Sequence[int] = ()) -> bytes:
        types = b"".join(core.i_pack(max(oid, 0)) for oid in oids)
        text = statement.encode(self._client_encoding)
        return _message(core.PARSE, name + text + b"\0" + core.H_pack(len(oids)) + types)

    def _bind(self, name: bytes, values: Sequence[Any]) -> bytes:
        texts = make_params(self.py_types, values)
        written = (None if text is None else text.encode(self._client_encoding) for text in texts)
        cells = b"".join(core.i_pack(-1) if cell is None else core.i_pack(len(cell)) + cell for cell in written)
        return _message(core.BIND, _NO_NAME + name + core.H_pack(0) + core.H_pack(len(texts)) + cells + core.H_pack(0))


def _message(code: bytes, content: bytes) -> bytes:
    length: bytes = core.i_pack(len(content) + 4)
    return code + length + content


_DESCRIBE_AND_EXECUTE: Final[bytes] = _message(core.DESCRIBE, _PORTAL + _NO_NAME) + core.EXECUTE_MSG


@lru_cache(_STATEMENTS)
def _numbered(operation: str) -> str:
    """The statement with $1, $2, … for its parameters. pg8000 reads each character, slower than most queries."""
    statement: str
    statement, _ = dbapi.convert_paramstyle(dbapi.paramstyle, operation, ())
    return statement


def _moment(text: str) -> Any:  # noqa: ANN401 pg8000 returns infinity and years before Christ as texts
    """The time in a text of Postgres, ten times as fast as pg8000 reads it."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return timestamptz_in(text)
