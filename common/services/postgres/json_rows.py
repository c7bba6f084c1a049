"""Many rows as one value of a statement, which is then as short for all of them as for one, and is made once.

Arrays would do the same, were not pg8000's text `null` in an array a NULL to Postgres.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, ColumnClause, Integer, String, TableValuedAlias, Text, cast, column, func, literal

_TYPES = {str: Text, int: Integer}


def json_rows(columns: Mapping[str, type[str] | type[int]], rows: Iterable[Sequence[str | int]]) -> TableValuedAlias:
    """A table with these columns and rows; its texts must be such as Postgres can store."""
    written = json.dumps([dict(zip(columns, row, strict=True)) for row in rows])
    typed: list[ColumnClause[Any]] = [column(name, _TYPES[kind]) for name, kind in columns.items()]
    records = func.json_to_recordset(cast(literal(written, String), JSON))
    return records.table_valued(*typed).render_derived(with_types=True)
