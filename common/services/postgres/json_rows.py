"""Passes many rows to a statement as one parameter, so that its text is the same for any number of rows.

Arrays would not do: pg8000 writes the text `null` in an array in a way that Postgres reads as NULL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnClause,
    ColumnElement,
    Integer,
    String,
    TableValuedAlias,
    Text,
    cast,
    column,
    func,
    literal,
)
from sqlalchemy.types import TypeEngine

from common.domain.text.storable import storable_json

_TYPES: Mapping[type, type[TypeEngine[Any]]] = {str: Text, int: Integer}
_Column = type[str] | type[int] | TypeEngine[Any]


def json_rows(columns: Mapping[str, _Column], rows: Iterable[Sequence[object]]) -> TableValuedAlias:
    """A table with these columns and rows, for use in FROM; texts that Postgres cannot store are cleaned."""
    return json_table(columns, literal(written_rows(columns, rows), String))


def json_table(columns: Mapping[str, _Column], written: ColumnElement[str]) -> TableValuedAlias:
    """A table with these columns for use in FROM; `written` are its rows, from `written_rows`."""
    typed: list[ColumnClause[Any]] = [
        column(name, kind if isinstance(kind, TypeEngine) else _TYPES[kind]) for name, kind in columns.items()
    ]
    return func.json_to_recordset(cast(written, JSON)).table_valued(*typed).render_derived(with_types=True)


def written_rows(columns: Iterable[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as JSON; texts that Postgres cannot store are cleaned."""
    names = tuple(columns)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    written = json.dumps(records, default=_text_of)
    if "\\u0000" in written or "\\ud" in written:  # a NUL, or a surrogate, which may lack its pair
        written = storable_json(json.loads(written))
    return written


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be passed as JSON")
