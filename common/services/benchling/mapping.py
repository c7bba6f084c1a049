"""What the tables and columns of a laboratory's Benchling warehouse are called, and the statements that use them.

The statements stand in benchling/*.sql and name tables (`${library}`) and columns (`${library.name}`) as we do;
benchling/mapping.json says what Benchling calls them, and another laboratory's mapping replaces some of that. A name
goes into a statement in quotes and only when it looks like one: values are always bound, never written.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("statements")
TABLE: Final = "table"

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")  # 63 bytes is the most that Postgres keeps

Names = Mapping[str, Mapping[str, str]]


class BenchlingMappingError(Exception):
    """A mapping names something that there is not, or a name that is none; the message says which."""


class _Statement(Template):
    idpattern = r"(?a:[a-z_0-9]+(?:\.[a-z_0-9]+)?)"
    braceidpattern = idpattern


def read_mapping(own: str = "") -> Names:
    """Benchling's names with those of `own` in their place: JSON, or the path of a file that holds it.

    Raises BenchlingMappingError.
    """
    known: dict[str, dict[str, str]] = json.loads((FOLDER / "mapping.json").read_text(encoding="utf-8"))
    for thing, names in _given(own).items():
        if thing not in known or not isinstance(names, dict):
            raise BenchlingMappingError(f"{thing} is not mapped; known are {', '.join(known)}")
        if unknown := sorted(names.keys() - known[thing].keys()):
            raise BenchlingMappingError(f"{thing} has no {unknown[0]}; known are {', '.join(known[thing])}")
        known[thing] |= names
    return known


def statement(name: str, names: Names) -> str:
    """The statement in `benchling/{name}.sql` in the laboratory's own names. Raises BenchlingMappingError."""
    quoted: dict[str, str] = {}
    for thing, parts in names.items():
        quoted[thing] = _quoted_table(thing, parts[TABLE])
        quoted |= {
            f"{thing}.{part}": _quoted(f"{thing}.{part}", given) for part, given in parts.items() if part != TABLE
        }
    lines = (FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))  # a name in a comment would be bound, too
    return _Statement(text).substitute(quoted)


def _given(own: str) -> Mapping[str, Any]:
    if not own:
        return {}
    try:
        text = own if own.lstrip().startswith("{") else Path(own).read_text(encoding="utf-8")
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise BenchlingMappingError(f"the mapping cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise BenchlingMappingError("the mapping must be a JSON object")
    return found


def _quoted_table(thing: str, given: object) -> str:
    """A table may be named with its schema: `lab.ngs_run`."""
    parts = given.split(".") if isinstance(given, str) else [given]
    if len(parts) > 2:
        raise BenchlingMappingError(f"{thing} has a table of more than two parts")
    return ".".join(_quoted(thing, part) for part in parts)


def _quoted(what: str, given: object) -> str:
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise BenchlingMappingError(f"{what} is mapped to {given!r}, which is no name that Postgres takes")
    return f'"{given}"'
