"""Table `runs`: one row per execution of a pipeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, Uuid, desc, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from common.models.database import Base


class RunRow(Base):
    """One run; `event_seq` is the number of the last event in its journal."""

    __tablename__ = "runs"

    run_id: Mapped[str] = mapped_column(String(50), primary_key=True)
    pipeline: Mapped[str] = mapped_column(String(100))
    pipeline_version: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    user_email: Mapped[str] = mapped_column(String(255))
    user_name: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    submitted_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    gcs_path: Mapped[str] = mapped_column(Text)
    batch_job_name: Mapped[str | None] = mapped_column(Text)
    params: Mapped[dict[str, Any]]
    sample_count: Mapped[int] = mapped_column(Integer)
    source_ngs_runs: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    source_project: Mapped[str | None] = mapped_column(Text)
    parent_run_id: Mapped[str | None] = mapped_column(String(50))
    is_recovery: Mapped[bool | None] = mapped_column(Boolean, server_default=text("false"))
    recovery_notes: Mapped[str | None] = mapped_column(Text)
    reused_work_dir: Mapped[str | None] = mapped_column(Text)
    exit_code: Mapped[int | None] = mapped_column(Integer)
    error_message: Mapped[str | None] = mapped_column(Text)
    error_task: Mapped[str | None] = mapped_column(Text)
    metrics: Mapped[dict[str, Any] | None]

    session_id: Mapped[str] = mapped_column(Uuid(as_uuid=False))
    cancel_requested_at: Mapped[datetime | None]
    status_detail: Mapped[str | None] = mapped_column(Text)
    synced_at: Mapped[datetime | None]
    launch_attempt: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    event_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    diagnosis: Mapped[dict[str, Any] | None]
    creation_key: Mapped[str | None] = mapped_column(Uuid(as_uuid=False))  # of the request that created the run
    work_dir_expires_at: Mapped[datetime | None]  # until when a recovery may reuse the work directory
    archived_at: Mapped[datetime | None]  # when the logs of a finished run were archived

    __table_args__ = (
        Index("idx_runs_user_email_created_at", "user_email", desc("created_at")),
        Index("idx_runs_status_created_at", "status", desc("created_at")),
        Index("idx_runs_created_at", desc("created_at")),
        # With these, filtered lists can be counted without reading rows of the table (decision 6).
        Index(
            "idx_runs_user_email_created_at_filters",
            "user_email",
            desc("created_at"),
            postgresql_include=["status", "pipeline"],
        ),
        Index("idx_runs_pipeline_created_at", "pipeline", desc("created_at"), postgresql_include=["status"]),
        Index("idx_runs_source_ngs_runs", "source_ngs_runs", postgresql_using="gin"),
        # For reconcile, every few minutes: a handful of rows of any number of runs.
        Index(
            "idx_runs_unarchived",
            "created_at",
            postgresql_where=text(
                "archived_at IS NULL AND batch_job_name IS NOT NULL AND status IN ('completed', 'failed', 'cancelled')"
            ),
        ),
        Index("uq_runs_creation_key", "creation_key", unique=True),
        # Two live runs of one session would corrupt their shared work directory.
        Index(
            "uq_runs_live_session_id",
            "session_id",
            unique=True,
            postgresql_where=text("status IN ('pending', 'submitted', 'running')"),
        ),
    )
