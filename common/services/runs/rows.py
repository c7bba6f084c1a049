"""The rows of the table `runs` as runs, and the columns of a run."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Row, bindparam, select

from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.models.runs import RunRow

ONE_RUN: Final = select(RunRow.__table__).where(RunRow.run_id == bindparam("run_id"))

_FIELDS: Final = tuple(field.name for field in fields(Run))
_LISTS: Final = ("source_ngs_runs", "labels", "shared_with")  # NULL for an empty one


def run_from(row: Row[Any]) -> Run:
    """The run in a row of `runs`."""
    columns = {name: getattr(row, name) for name in _FIELDS}
    columns |= {name: tuple(columns[name] or ()) for name in _LISTS}
    return Run(**columns | {"status": RunStatus(row.status), "is_recovery": bool(row.is_recovery)})


def columns_of(run: Run) -> dict[str, Any]:
    """The columns of a run that is stored for the first time."""
    values = {name: getattr(run, name) for name in _FIELDS}
    return as_columns(values | {"status": run.status.value, "params": dict(run.params)})


def as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of some fields of a run."""
    return {name: (list(value) or None) if name in _LISTS else value for name, value in values.items()}
