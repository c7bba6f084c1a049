"""A task as the JSON of a TaskInfo, written by Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Subquery, bindparam, func, literal_column, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from common.models.insight.machines import MachineKindRow, TaskMachineRow
from common.models.tasks import TaskRequestRow, TaskRow
from common.services.postgres.json_text import json_row, json_row_text, time_of

_SLASH: Final[ColumnElement[str]] = literal_column("'/'")
_PARTS: Final = [func.split_part(TaskRow.native_id, _SLASH, literal_column(part)) for part in ("1", "2")]
# What is shown of a row of `tasks`, and the key of its machines; not what a task printed and ran, which can be long.
SHOWN: Final[Sequence[ColumnElement[Any]]] = (
    *(TaskRow.hash, TaskRow.name, TaskRow.process, TaskRow.tag, TaskRow.status, TaskRow.exit_code, TaskRow.attempt),
    *(TaskRow.duration_ms, TaskRow.cpu_percent, TaskRow.memory_peak, TaskRow.cpus, TaskRow.memory, TaskRow.request_id),
    *(TaskRow.submit_time, TaskRow.start_time, TaskRow.end_time, TaskRow.work_dir, TaskRow.native_id),
    *(TaskRow.read_bytes, TaskRow.write_bytes),
    func.concat(_PARTS[0], _SLASH, _PARTS[1]).label("job_task"),
)
_REQUESTED: Final[Mapping[str, str]] = {"disk": "disk", "time": "time_ms", "container": "container"}
_INFO: Final = json_row(
    {
        "task_id": "replace(hash, '/', '-')",
        **{name: name for name in ("name", "process", "tag", "status", "exit_code", "attempt")},
        "duration": "duration_ms",
        **{name: name for name in ("cpu_percent", "memory_peak")},
        **{name: time_of(name) for name in ("submit_time", "start_time", "end_time")},
        **{name: name for name in ("work_dir", "native_id")},
        "has_logs": "work_dir IS NOT NULL",
        **{name: name for name in ("cpus", "memory")},
        "machine_type": "machine->'type'",
        "zone": "machine->'zone'",
        "spot": "machine->>'model' = 'SPOT'",
        **{name: f"request->'{field}'" for name, field in _REQUESTED.items()},
        **{name: name for name in ("read_bytes", "write_bytes")},
    }
)
TASK_JSON: Final = json_row_text(_INFO)


def with_json(tasks: Subquery) -> FromClause:
    """`tasks`, which have the columns in SHOWN, joined with what TASK_JSON reads of each."""
    last = _last_kind(tasks.c.job_task)
    known = tasks.outerjoin(last, true()).outerjoin(MachineKindRow.__table__, MachineKindRow.id == last.c.kind_id)
    asked = known.outerjoin(TaskRequestRow.__table__, TaskRequestRow.id == tasks.c.request_id)
    return asked.join(_INFO, true())


def _last_kind(job_task: ColumnElement[str]) -> LateralFromClause:
    """The kind of the machine of the last attempt that Batch told of."""
    its = (TaskMachineRow.run_id == bindparam("run_id")) & (TaskMachineRow.job_task == job_task)
    kinds = select(TaskMachineRow.kind_id).where(its, TaskMachineRow.kind_id.is_not(None))
    return kinds.order_by(TaskMachineRow.attempt.desc()).limit(literal_column("1")).lateral("last")
