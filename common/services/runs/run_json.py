"""A run as the JSON of a RunResponse, written by Postgres.

Columns beside those of the run are what its viewer sees of it: `starred`, `recovery_run_id` and `cost`.
"""

from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, Label, Text, any_, bindparam, exists, literal_column, or_, select

from common.domain.runs.access import EVERYONE, Caller
from common.domain.runs.status import FINAL_STATUSES
from common.models.insight.costs import RunCostRow
from common.models.runs import RunRow, RunStarRow
from common.services.postgres.json_text import json_object, moment_of, value_of
from common.services.postgres.prepared import PreparedStatement

_FINAL: Final = ", ".join(f"'{status}'" for status in sorted(FINAL_STATUSES))
RUN_JSON: Final = json_object(
    {
        **{name: value_of(name) for name in ("run_id", "pipeline", "pipeline_version", "status", "status_detail")},
        "failing": value_of(f"diagnosis IS NOT NULL AND status NOT IN ({_FINAL})"),
        **{name: value_of(name) for name in ("user_email", "user_name")},
        **{name: moment_of(name) for name in ("created_at", "updated_at", "submitted_at", "started_at")},
        **{name: moment_of(name) for name in ("completed_at", "failed_at", "cancelled_at", "cancel_requested_at")},
        **{name: value_of(name) for name in ("gcs_path", "batch_job_name", "params", "sample_count")},
        "source_ngs_runs": value_of("coalesce(source_ngs_runs, '{}')"),
        **{name: value_of(name) for name in ("source_project", "parent_run_id")},
        "recovery_run_id": value_of("recovery_run_id"),
        "cost": value_of("cost"),
        "is_recovery": value_of("coalesce(is_recovery, false)"),
        **{name: value_of(name) for name in ("recovery_notes", "reused_work_dir")},
        "work_dir_expires_at": moment_of("work_dir_expires_at"),
        **{name: value_of(name) for name in ("exit_code", "error_message", "error_task", "diagnosis", "metrics")},
        **{name: value_of(name) for name in ("name", "note")},
        **{name: value_of(f"coalesce({name}, '{{}}')") for name in ("labels", "shared_with")},
        **{name: value_of(name) for name in ("notify", "starred")},
        "warnings": "'[]'",
    }
)
_COST: Final[ColumnElement[Any]] = literal_column(
    "json_build_object('nano_dollars', nanos, 'basis', basis, 'complete', is_complete)"
)  # a RunCost
_VIEWER: Final = bindparam("viewer", type_=Text)
STARRED: Final = select(RunStarRow.run_id).where(RunStarRow.user_email == _VIEWER)


def viewed(run_id: ColumnElement[str]) -> tuple[Label[bool], Label[str | None], Label[Any]]:
    """The columns `starred`, `recovery_run_id`, its newest recovery that the viewer may read, and `cost` of a run."""
    recovery = RunRow.__table__.alias("recovery").c
    readers: tuple[ColumnElement[str], ...] = _VIEWER, literal_column(f"'{EVERYONE}'")
    may_read = or_(
        recovery.user_email == _VIEWER,
        *(reader == any_(recovery.shared_with) for reader in readers),
        bindparam("sees_all", type_=Boolean),
    )
    newest = (
        select(recovery.run_id)
        .where(recovery.parent_run_id == run_id, may_read)
        .order_by(recovery.created_at.desc(), recovery.run_id.desc())
        .limit(literal_column("1"))
    )
    starred = exists(STARRED.where(RunStarRow.run_id == run_id))
    cost = select(_COST).where(RunCostRow.run_id == run_id).scalar_subquery()
    return starred.label("starred"), newest.scalar_subquery().label("recovery_run_id"), cost.label("cost")


def viewer_values(viewer: Caller) -> dict[str, Any]:
    """The parameters of `viewed`."""
    return {"viewer": viewer.email, "sees_all": viewer.is_admin}


VIEWED_RUN: Final = select(RunRow.__table__, *viewed(RunRow.run_id)).where(RunRow.run_id == bindparam("run_id"))

_VIEWED = VIEWED_RUN.subquery()
ONE_RUN: Final = PreparedStatement(
    select(_VIEWED.c.user_email, _VIEWED.c.shared_with, literal_column(f"({RUN_JSON})").label("run"))
)
