"""What becomes of a user's parameters: some have other names in a release, and some are cells of the samplesheet."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.domain.pipelines.pipeline import PipelineVersion


@dataclass(frozen=True, slots=True)
class ResolvedParams:
    """What the pipeline is given, and what goes into the empty cells of which column of its samplesheet."""

    params: Mapping[str, Any]
    cells: Mapping[str, str]


def resolve_params(version: PipelineVersion, params: Mapping[str, Any]) -> ResolvedParams:
    """Parameters that fit the release, in its own words."""
    known = {param.name: param for param in version.params}
    given, cells = {}, {}
    for name, value in params.items():
        param = known[name]
        if param.fills:
            cells[param.fills] = str(value)
        else:
            given[name] = param.aliases.get(value, value) if isinstance(value, str) else value
    return ResolvedParams(given, cells)


def filled_columns(version: PipelineVersion, params: Mapping[str, Any]) -> frozenset[str]:
    """The columns of the samplesheet whose empty cells `params` fill."""
    return frozenset(param.fills for param in version.params if param.fills and param.name in params)


def filling_params(version: PipelineVersion) -> frozenset[str]:
    """The parameters that fill cells of the samplesheet."""
    return frozenset(param.name for param in version.params if param.fills)


def filled_sheet(text: str, cells: Mapping[str, str]) -> str:
    """A valid samplesheet with `cells` (column to value) in what is empty; a column that is missing is added."""
    if not cells:
        return text
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    header = [name.strip() for name in header]
    added = [name for name in cells if name not in header]
    filled = [(header + added).index(name) for name in cells], list(cells.values())
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header + added)
    for row in filter(None, rows):
        wide = row + [""] * len(added)
        for index, value in zip(*filled, strict=True):
            wide[index] = wide[index] if wide[index].strip() else value
        writer.writerow(wide)
    return out.getvalue()
