"""The compare-and-set that gives a run another status."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Update, cast, func, update

from common.domain.runs.run import WORK_DIR_REUSABLE
from common.domain.runs.status import RunStatus, origins_of
from common.models.runs import RunRow

_TIMESTAMP_OF: Final = {
    RunStatus.PENDING: "created_at",
    RunStatus.SUBMITTED: "submitted_at",
    RunStatus.RUNNING: "started_at",
    RunStatus.COMPLETED: "completed_at",
    RunStatus.FAILED: "failed_at",
    RunStatus.CANCELLED: "cancelled_at",
}


def move_to(run_id: str, status: RunStatus, *, at: datetime, facts: Mapping[str, Any]) -> Update:
    """The UPDATE that moves a run to `status` and sets `facts` (columns), unless its status cannot become that."""
    newest = func.greatest(RunRow.updated_at, at)
    values = {"status": status.value, "updated_at": newest, _TIMESTAMP_OF[status]: at, **facts}
    if status == RunStatus.SUBMITTED:  # a recovery has inherited the date of the directory that it reuses
        values["work_dir_expires_at"] = func.coalesce(RunRow.work_dir_expires_at, at + WORK_DIR_REUSABLE)
    if status == RunStatus.COMPLETED:
        values["metrics"] = RunRow.metrics.concat(cast({"progress": 1.0}, RunRow.metrics.type))
    origins = [origin.value for origin in origins_of(status)]
    return update(RunRow).where(RunRow.run_id == run_id, RunRow.status.in_(origins)).values(values)
