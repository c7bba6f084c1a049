"""The texts of a request, each with its location, and the files in Cloud Storage that they name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from common.domain.pipelines.pipeline import Param
from common.errors import Fault

_SCHEME: Final = "gs://"
_WILDCARDS: Final = frozenset("*?[{,")  # such an address names several files; only the pipeline can resolve it
_FILE: Final = "file-path"  # JSON Schema's other formats may be a folder or the prefix of file names


class FieldLocation(NamedTuple):
    """A place in a request: the field and, in a samplesheet, row and column; in a config, `row` is the line."""

    field: str
    row: int | None = None
    column: str | None = None

    def fault(self, message: str) -> Fault:
        """A fault at this place."""
        return Fault(field=self.field, row=self.row, column=self.column, message=message)


LocatedText = tuple[FieldLocation, str]


def texts_of_params(params: Mapping[str, object], *, field: str) -> Iterator[LocatedText]:
    """The values that are text."""
    for name, value in params.items():
        if isinstance(value, str):
            yield FieldLocation(f"{field}.{name}"), value


def texts_of_config(config: str | None, *, field: str) -> Iterator[LocatedText]:
    """The lines of a config; the first is line 1."""
    for number, line in enumerate((config or "").splitlines(), start=1):
        yield FieldLocation(field, number), line


def files_in_params(known: Iterable[Param], params: Mapping[str, object]) -> dict[str, FieldLocation]:
    """The gs:// addresses given for parameters that name a file."""
    given = {param.name: params.get(param.name) for param in known if param.format == _FILE}
    return {text: location for location, text in texts_of_params(given, field="params") if _is_file(text)}


def files_in_cells(cells: Iterable[LocatedText], columns: Collection[str]) -> dict[str, FieldLocation]:
    """The gs:// addresses in some columns of a samplesheet, each with the first cell that names it."""
    files: dict[str, FieldLocation] = {}
    for location, text in cells:
        address = text.strip()
        if location.column in columns and _is_file(address):
            files.setdefault(address, location)
    return files


def _is_file(text: str) -> bool:
    return text.startswith(_SCHEME) and not _WILDCARDS & set(text)
