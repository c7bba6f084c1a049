"""Table `child_jobs`: what Batch said about each child job of a run, kept because Batch forgets it after 60 days."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class ChildJobRow(Base):
    """One Batch job of a task. A job is stored when it is first seen or named, and read once when it has ended.

    `state` is NULL until then: afterwards Batch's final state, GONE if Batch no longer has the job, or FOREIGN if a
    file of the run named a job of somebody else, of which nothing is kept. `zone_seconds` has the seconds on machines
    by zone. `read_at` is when Batch was last asked, `gone_answers` how often it did not have the job.
    """

    __tablename__ = "child_jobs"

    run_id: Mapped[str] = mapped_column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(63), primary_key=True)
    uid: Mapped[str | None] = mapped_column(Text)
    task_hash: Mapped[str | None] = mapped_column(String(9))
    state: Mapped[str | None] = mapped_column(String(20))
    machine_type: Mapped[str | None] = mapped_column(Text)
    provisioning_model: Mapped[str | None] = mapped_column(Text)
    task_pack: Mapped[int | None] = mapped_column(BigInteger)
    zone: Mapped[str | None] = mapped_column(Text)
    zone_seconds: Mapped[dict[str, Any] | None]
    spot_losses: Mapped[int | None] = mapped_column(Integer)
    disks: Mapped[list[dict[str, Any]] | None]
    accelerators: Mapped[list[dict[str, Any]] | None]
    created_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    gone_answers: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    __table_args__ = (
        Index("idx_child_jobs_unread", "run_id", "read_at", "job_id", postgresql_where=text("state IS NULL")),
    )
