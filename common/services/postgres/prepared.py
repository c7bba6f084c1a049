"""Statements that are made once for each process, and prepared once for each connection."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.dialects.postgresql.pg8000 import dialect

from common.services.postgres.one_flush import Prepared

_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]


class PreparedStatement:
    """A statement with named parameters whose types pg8000 writes itself: texts, numbers, times and lists of texts.

    SQLAlchemy neither writes its text nor looks it up again. Its rows have the values that pg8000 reads.
    """

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        self._text = Prepared(compiled.string)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """The result for these values; names that the statement does not have are ignored."""
        known = {**self._fixed, **values}
        return connection.exec_driver_sql(self._text, tuple([known[name] for name in self._names]))
