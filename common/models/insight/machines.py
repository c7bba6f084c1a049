"""Tables `machine_kinds`, the machines of all runs, and `further_stays`, the attempts that are not in `child_jobs`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Identity, Integer, SmallInteger, String, Text, UniqueConstraint

from common.models.database import JSON_VALUE, MOMENT, Base, column


class FurtherStayRow(Base):
    """A stay of a task, or of the head job, on a machine.

    The last stay of a job's first task is in the job's row of `child_jobs`, and nearly all jobs have no other. Here are
    those before it, which Spot preemptions ended, those of the further tasks of a job, and those of head jobs.
    `job_task` is `JOB/INDEX`, the beginning of the task's native_id; `attempt` counts from 1. `ended` is a StayEnd; a
    stay without `released_at` ended with its run, or goes on. The view `machine_stays` has the stays of both tables.
    """

    __tablename__ = "further_stays"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    job_task: ColumnElement[str] = column(Text, primary_key=True)
    attempt: ColumnElement[int] = column(SmallInteger, primary_key=True, autoincrement=False)
    ended: ColumnElement[str] = column(String(9))
    kind_id: ColumnElement[int | None] = column(Integer, nullable=True)  # of MachineKindRow
    assigned_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    released_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)


class MachineKindRow(Base):
    """A machine as Batch allocated it: type, model, zone, region, pack, disks and gpus; absent is what is not known.

    Each combination is stored once, since the tasks of all runs use a handful.
    """

    __tablename__ = "machine_kinds"

    id: ColumnElement[int] = column(Integer, Identity(always=True), primary_key=True)
    machine: ColumnElement[dict[str, Any]] = column(JSON_VALUE)

    __table_args__ = (UniqueConstraint("machine"),)
