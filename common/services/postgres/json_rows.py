"""Passes many rows to a statement as one parameter, so that its text is the same for any number of rows.

Arrays would not do: pg8000 writes the text `null` in an array in a way that Postgres reads as NULL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnClause, Integer, String, TableValuedAlias, Text, cast, column, func, literal
from sqlalchemy.types import TypeEngine

from common.domain.text.storable import storable_json

_TYPES: Mapping[type, type[TypeEngine[Any]]] = {str: Text, int: Integer}
_Column = type[str] | type[int] | TypeEngine[Any]


def json_rows(columns: Mapping[str, _Column], rows: Iterable[Sequence[object]]) -> TableValuedAlias:
    """A table with these columns and rows, for use in FROM; texts that Postgres cannot store are cleaned."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    written = json.dumps(records, default=_text_of)
    if "\\u0000" in written or "\\ud" in written:  # a NUL, or a surrogate, which may lack its pair
        written = storable_json(json.loads(written))
    typed: list[ColumnClause[Any]] = [
        column(name, kind if isinstance(kind, TypeEngine) else _TYPES[kind]) for name, kind in columns.items()
    ]
    table = func.json_to_recordset(cast(literal(written, String), JSON))
    return table.table_valued(*typed).render_derived(with_types=True)


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} cannot be passed as JSON")
