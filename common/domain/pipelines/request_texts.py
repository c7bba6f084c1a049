"""Which objects in Cloud Storage a run's sheet and parameters name, and where they are named first."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from common.domain.pipelines.pipeline import Column, Param
from common.domain.pipelines.sheet.rows import FIELD

_SCHEME: Final = "gs://"
_SEVERAL: Final = frozenset("*?[{,")  # more than one file, to Nextflow or a pipeline alone
_FILE: Final = "file-path"  # any other format may be a folder, or what names of files begin with


class FieldLocation(NamedTuple):
    """Where a file is named: the field of the request and, in a samplesheet, row and column."""

    field: str
    row: int | None = None
    column: str | None = None


def files_in_sheet(text: str, columns: Iterable[Column]) -> dict[str, FieldLocation]:
    """The gs:// addresses in the known columns of a valid sheet; row 1 is the header."""
    known = {column.name for column in columns}
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    header = [name.strip() for name in next(rows, [])]
    wanted = [(index, name) for index, name in enumerate(header) if name in known]
    found: dict[str, FieldLocation] = {}
    for number, row in enumerate(rows, start=2):
        for index, name in wanted:
            cell = row[index].strip() if index < len(row) else ""
            if _is_file(cell):
                found.setdefault(cell, FieldLocation(FIELD, number, name))
    return found


def files_in_params(known: Iterable[Param], params: Mapping[str, object]) -> dict[str, FieldLocation]:
    """The gs:// addresses among the values of parameters that are files."""
    given = ((param.name, params.get(param.name)) for param in known if param.format == _FILE)
    return {
        value: FieldLocation(f"params.{name}") for name, value in given if isinstance(value, str) and _is_file(value)
    }


def _is_file(text: str) -> bool:
    return text.startswith(_SCHEME) and not _SEVERAL & set(text)
