"""WarehouseTables: runs our statements on the warehouse's tables, some of which may not exist yet.

Benchling creates the table of a schema when it has the first row for it, so a laboratory that has never recorded a pool
has no table of pools (https://docs.benchling.com/docs/warehouse-tables).
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import RowMapping

from common.errors import BenchlingError
from common.services.benchling.mapping import TableNames, quoted_tables, statement
from common.services.benchling.warehouse import MissingTableError, Warehouse
from common.telemetry import telemetry

log = telemetry("benchling")

# The tables that each statement cannot do without: a wrong mapping must not look like a laboratory without runs, or
# like a run without libraries, of which no samplesheet can be made.
_REQUIRED: Final = {"runs": ("ngs_run",), "samples": ("ngs_run", "library"), "metadata": ()}
_WHAT: Final = {"ngs_run": "NGS runs", "library": "libraries"}

_MISSING: Final = """
SELECT asked.name
FROM unnest(CAST(:names AS text[]), CAST(:quoted AS text[])) AS asked (name, quoted)
WHERE to_regclass(asked.quoted) IS NULL
"""


class WarehouseTables:
    """Reads the tables in `names`. An optional table that does not exist has no rows."""

    def __init__(self, warehouse: Warehouse, names: TableNames) -> None:
        self._warehouse, self._names = warehouse, names
        self._complete = {name: statement(name, names) for name in _REQUIRED}

    def rows(self, of: str, /, **values: object) -> Sequence[RowMapping]:
        """The rows of the statement in `statements/{of}.sql`. Raises BenchlingError."""
        try:
            return self._warehouse.rows(self._complete[of], **values)
        except MissingTableError as error:
            missing = self._missing()
            if lacking := [table for table in _REQUIRED[of] if table in missing]:
                raise BenchlingError(_explanation(lacking[0])) from error
        return self._warehouse.rows(statement(of, self._names, missing), **values)

    def _missing(self) -> frozenset[str]:
        """The tables that do not exist now; asked each time, because they appear without notice."""
        quoted = quoted_tables(self._names)
        rows = self._warehouse.rows(_MISSING, names=list(quoted), quoted=list(quoted.values()))
        missing = frozenset(str(row["name"]) for row in rows)
        log.info("tables that Benchling does not have", extra={"action": "tables_missing", "tables": sorted(missing)})
        return missing


def _explanation(table: str) -> str:
    return (
        f"Benchling has no table of {_WHAT[table]}: none have been recorded yet, or Sluice's mapping names another "
        "table; record some, or tell an administrator"
    )
