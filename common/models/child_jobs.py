"""Table `child_jobs`: what Batch said about each child job of a run, kept because Batch forgets it after 60 days."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, Integer, String, Text, text

from common.models.database import JSON_VALUE, MOMENT, Base, column


class ChildJobRow(Base):
    """One Batch job of a task. A job is stored when it is first seen or named, and read once when it has ended.

    `state` is NULL until then: afterwards Batch's final state, GONE if Batch no longer has the job, or FOREIGN if a
    file of the run named a job of somebody else, of which nothing is kept. `read_at` is when Batch was last asked,
    `gone_answers` how often it did not have the job. `kind_id`, `assigned_at`, `released_at` and `ended` (a StayEnd)
    are the last stay of its first task on a machine; all others are in `further_stays`. The columns from `machine_type`
    to `accelerators` are those of an earlier release and go with the next one.
    """

    __tablename__ = "child_jobs"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    job_id: ColumnElement[str] = column(String(63), primary_key=True)
    uid: ColumnElement[str | None] = column(Text, nullable=True)
    task_hash: ColumnElement[str | None] = column(String(9), nullable=True)
    state: ColumnElement[str | None] = column(String(20), nullable=True)
    machine_type: ColumnElement[str | None] = column(Text, nullable=True)
    provisioning_model: ColumnElement[str | None] = column(Text, nullable=True)
    task_pack: ColumnElement[int | None] = column(BigInteger, nullable=True)
    zone: ColumnElement[str | None] = column(Text, nullable=True)
    zone_seconds: ColumnElement[dict[str, Any] | None] = column(JSON_VALUE, nullable=True)
    spot_losses: ColumnElement[int | None] = column(Integer, nullable=True)
    disks: ColumnElement[list[dict[str, Any]] | None] = column(JSON_VALUE, nullable=True)
    accelerators: ColumnElement[list[dict[str, Any]] | None] = column(JSON_VALUE, nullable=True)
    created_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    assigned_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    released_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    ended_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    read_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    gone_answers: ColumnElement[int] = column(Integer, server_default=text("0"))
    kind_id: ColumnElement[int | None] = column(Integer, nullable=True)  # of MachineKindRow
    ended: ColumnElement[str | None] = column(String(9), nullable=True)

    __table_args__ = (
        Index("idx_child_jobs_unread", "run_id", "read_at", "job_id", postgresql_where=text("state IS NULL")),
    )
