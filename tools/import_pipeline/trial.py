"""Tries a new entry on what the pipeline itself brings: its example sheets, its defaults and its test profile."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from common.domain.pipelines.params import param_problem, validate_params
from common.domain.pipelines.pipeline import TSV, PipelineVersion
from common.domain.pipelines.sheet.sample_sheet import read_sample_sheet
from common.errors import Fault
from tools.import_pipeline.config_values import UNKNOWN, ConfigValues
from tools.import_pipeline.example_sheets import ExampleSheet

_MOST_SHOWN: Final = 3
_EXAMPLE_ROWS: Final = 3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something of the pipeline's own that the entry refuses: where it is, and why. `is_file` as in ExampleSheet."""

    source: str
    faults: tuple[Fault, ...]
    is_file: bool = True

    def lines(self) -> Iterator[str]:
        """The refusal for a reader."""
        for fault in self.faults[:_MOST_SHOWN]:
            place = ", ".join(filter(None, [f"row {fault.row}" if fault.row else "", fault.column or ""]))
            field = "" if fault.field == "samplesheet_csv" else f"{fault.field.removeprefix('params.')}: "
            yield f"{self.source}{f' ({place})' if place else ''}: {field}{fault.message}"
        if len(self.faults) > _MOST_SHOWN:
            yield f"{self.source}: and {len(self.faults) - _MOST_SHOWN} more"


def refused_sheets(version: PipelineVersion, sheets: Iterable[ExampleSheet]) -> list[Refusal]:
    """The example sheets that do not fit."""
    found = []
    for sheet in sheets:
        faults = read_sample_sheet(_with_line_end(sheet.text), version).faults
        found += [Refusal(sheet.source, faults, sheet.is_file)] if faults else []
    return found


def refused_params(version: PipelineVersion, values: ConfigValues, *, removes_false: bool) -> list[Refusal]:
    """The defaults and the test profile, as far as they do not fit; what only Nextflow can work out is left out.

    `removes_false`: false, 0 and empty texts are not checked, as nf-validation does (its `cleanParameters`).
    """
    known = {param.name: param for param in version.params}

    def is_checked(value: object) -> bool:
        return value not in ("", UNKNOWN) and (bool(value) or not removes_false)

    defaults = [
        Fault(field=f"params.{name}", message=problem)
        for name, value in values.params.items()
        if name in known and is_checked(value) and (problem := param_problem(known[name], value))
    ]
    test = {
        name: value for name, value in values.test.items() if name in known and (value is UNKNOWN or is_checked(value))
    }
    hidden = {name for name, value in test.items() if value is UNKNOWN}
    sent = {name: value for name, value in test.items() if name not in hidden}
    # rules and required parameters can only be tried where every value is known
    faults = [
        fault
        for fault in validate_params(version, sent)
        if fault.field.removeprefix("params.") in sent or not (hidden or fault.message == "is required")
    ]
    named = [("the defaults in nextflow.config", defaults), ("the profile test", faults)]
    return [Refusal(source, tuple(found)) for source, found in named if found]


def example_rows(version: PipelineVersion, sheets: Iterable[ExampleSheet]) -> list[Mapping[str, str]]:
    """The first rows of the first example that fits."""
    for sheet in sheets:
        read = read_sample_sheet(_with_line_end(sheet.text), version)
        if not read.faults:
            separator = "\t" if version.sheet_format == TSV else ","
            rows = csv.DictReader(io.StringIO(read.text.removeprefix("\ufeff"), newline=""), delimiter=separator)
            return [{name: value or "" for name, value in row.items() if name} for row in islice(rows, _EXAMPLE_ROWS)]
    return []


def _with_line_end(text: str) -> str:
    """A file of a checkout is whole, however its last line ends."""
    return text if text.endswith("\n") else f"{text}\n"
