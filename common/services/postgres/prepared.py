"""Statements that are made once for each process, and prepared once for each connection."""

from collections.abc import Mapping
from functools import cached_property
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
        self._statement = statement

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
        """The result for these values; names that the statement does not have are ignored."""
        text, names, fixed = self._compiled
        known = {**fixed, **values}
        return connection.exec_driver_sql(text, tuple([known[name] for name in names]))

    @cached_property
    def _compiled(self) -> tuple[Prepared, tuple[str, ...], Mapping[str, Any]]:
        """The text, the names of its parameters in order, and the values that the statement brings along."""
        compiled: Any = self._statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        return Prepared(compiled.string), tuple(compiled.positiontup), fixed
