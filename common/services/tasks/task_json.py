"""A task as the JSON of a TaskInfo, written by Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Subquery, bindparam, func, literal_column, true

from common.models.child_jobs import ChildJobRow
from common.models.insight.machines import MachineKindRow
from common.models.tasks import TaskRequestRow, TaskRow
from common.services.postgres.json_text import json_row, json_row_text, time_of

# What is shown of a row of `tasks`, and the id of its job, which has its machine; not what a task printed and ran,
# which can be long.
SHOWN: Final[Sequence[ColumnElement[Any]]] = (
    *(TaskRow.hash, TaskRow.name, TaskRow.process, TaskRow.tag, TaskRow.status, TaskRow.exit_code, TaskRow.attempt),
    *(TaskRow.duration_ms, TaskRow.cpu_percent, TaskRow.memory_peak, TaskRow.cpus, TaskRow.memory, TaskRow.request_id),
    *(TaskRow.submit_time, TaskRow.start_time, TaskRow.end_time, TaskRow.work_dir, TaskRow.native_id),
    *(TaskRow.read_bytes, TaskRow.write_bytes),
    func.split_part(TaskRow.native_id, literal_column("'/'"), literal_column("1")).label("job_id"),
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
    its_job = (ChildJobRow.run_id == bindparam("run_id")) & (ChildJobRow.job_id == tasks.c.job_id)
    job = tasks.outerjoin(ChildJobRow.__table__, its_job)
    known = job.outerjoin(MachineKindRow.__table__, MachineKindRow.id == ChildJobRow.kind_id)
    asked = known.outerjoin(TaskRequestRow.__table__, TaskRequestRow.id == tasks.c.request_id)
    return asked.join(_INFO, true())
