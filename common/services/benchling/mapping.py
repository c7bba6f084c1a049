"""The names of tables and columns in a laboratory's Benchling warehouse, and the statements that use them.

statements/*.sql use our own names for tables (`${library}`) and columns (`${library.name}`); statements/mapping.json
maps them to Benchling's, and a laboratory's own mapping overrides some of them. A name must be a plain identifier and
is quoted in the statement; values are always bound as parameters.
"""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("statements")
TABLE: Final = "table"

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")  # Postgres truncates names at 63 bytes

TableNames = Mapping[str, Mapping[str, str]]


class BenchlingMappingError(Exception):
    """A mapping has an unknown key or an invalid name; the message says which."""


class _Statement(Template):
    idpattern = r"(?a:[a-z_0-9]+(?:\.[a-z_0-9]+)?)"
    braceidpattern = idpattern


def read_mapping(own: str = "") -> TableNames:
    """Benchling's names, overridden by `own`: JSON, or the path of a JSON file. Raises BenchlingMappingError."""
    known: dict[str, dict[str, str]] = json.loads((FOLDER / "mapping.json").read_text(encoding="utf-8"))
    for table, names in _parsed(own).items():
        if table not in known or not isinstance(names, dict):
            raise BenchlingMappingError(
                f"BENCHLING_MAPPING has an invalid entry {table}; it may have objects for {', '.join(known)}"
            )
        if unknown := sorted(names.keys() - known[table].keys()):
            raise BenchlingMappingError(
                f"BENCHLING_MAPPING: {table} has no {unknown[0]}; it has {', '.join(known[table])}"
            )
        known[table] |= names
    return known


def statement(name: str, names: TableNames, missing: Collection[str] = ()) -> str:
    """The statement in `statements/{name}.sql` with the laboratory's names. Raises BenchlingMappingError.

    It reads no rows from the tables in `missing`, which do not exist.
    """
    quoted = quoted_tables(names)
    quoted |= {table: _empty_table(names[table]) for table in missing}
    for table, parts in names.items():
        quoted |= {
            f"{table}.{part}": _quoted(f"{table}.{part}", given) for part, given in parts.items() if part != TABLE
        }
    lines = (FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))  # their :names would be bound as parameters
    return _Statement(text).substitute(quoted)


def quoted_tables(names: TableNames) -> dict[str, str]:
    """The laboratory's name of each table, as statements use it. Raises BenchlingMappingError."""
    return {table: _quoted_table(table, parts[TABLE]) for table, parts in names.items()}


def _empty_table(parts: Mapping[str, str]) -> str:
    """A subquery with the columns of a table and no rows; statements cast all columns that are not text or archived."""
    types = {
        _quoted(part, given): "boolean" if part == "archived" else "text"
        for part, given in parts.items()
        if part != TABLE
    }
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in types.items())
    return f"(SELECT {columns} WHERE FALSE)"


def _parsed(own: str) -> Mapping[str, Any]:
    if not own:
        return {}
    try:
        text = own if own.lstrip().startswith("{") else Path(own).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise BenchlingMappingError(f"BENCHLING_MAPPING cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BenchlingMappingError("BENCHLING_MAPPING must be a JSON object")
    return found


def _quoted_table(table: str, given: object) -> str:
    """A table name may include a schema: `lab.ngs_run`."""
    parts = given.split(".") if isinstance(given, str) else [given]
    if len(parts) > 2:
        raise BenchlingMappingError(
            f"BENCHLING_MAPPING: the table of {table} may be NAME or SCHEMA.NAME, not {given!r}"
        )
    return ".".join(_quoted(table, part) for part in parts)


def _quoted(what: str, given: object) -> str:
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise BenchlingMappingError(f"BENCHLING_MAPPING: {what} is mapped to {given!r}, which is not a valid name")
    return f'"{given}"'
