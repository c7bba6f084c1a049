"""Passes many rows to a statement as one parameter, so that its text is the same for any number of rows.

Arrays would not do: pg8000 writes the text `null` in an array in a way that Postgres reads as NULL.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnClause, Integer, String, TableValuedAlias, Text, cast, column, func, literal

_TYPES = {str: Text, int: Integer}


def json_rows(columns: Mapping[str, type[str] | type[int]], rows: Iterable[Sequence[str | int]]) -> TableValuedAlias:
    """A table with these columns and rows, for use in FROM; its texts must be storable (domain/text/storable.py)."""
    written = json.dumps([dict(zip(columns, row, strict=True)) for row in rows])
    typed: list[ColumnClause[Any]] = [column(name, _TYPES[kind]) for name, kind in columns.items()]
    records = func.json_to_recordset(cast(literal(written, String), JSON))
    return records.table_valued(*typed).render_derived(with_types=True)
