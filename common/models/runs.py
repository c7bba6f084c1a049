"""Tables `runs`, one row per execution of a pipeline; `run_stars`, the runs that each user has starred; `failures`."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Uuid,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from common.models.database import JSON_VALUE, MOMENT, Base, column


class RunRow(Base):
    """One run; `event_seq` is the number of the last event in its journal."""

    __tablename__ = "runs"

    run_id: ColumnElement[str] = column(String(50), primary_key=True)
    pipeline: ColumnElement[str] = column(String(100))
    pipeline_version: ColumnElement[str] = column(String(20))
    status: ColumnElement[str] = column(String(20))
    user_email: ColumnElement[str] = column(String(255))
    user_name: ColumnElement[str | None] = column(String(255), nullable=True)
    created_at: ColumnElement[datetime | None] = column(MOMENT, server_default=func.now(), nullable=True)
    updated_at: ColumnElement[datetime | None] = column(MOMENT, server_default=func.now(), nullable=True)
    submitted_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    started_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    completed_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    failed_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    cancelled_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    gcs_path: ColumnElement[str] = column(Text)
    batch_job_name: ColumnElement[str | None] = column(Text, nullable=True)
    params: ColumnElement[dict[str, Any]] = column(JSON_VALUE)
    sample_count: ColumnElement[int] = column(Integer)
    source_ngs_runs: ColumnElement[list[str] | None] = column(ARRAY(Text), nullable=True)
    source_project: ColumnElement[str | None] = column(Text, nullable=True)
    parent_run_id: ColumnElement[str | None] = column(String(50), nullable=True)
    is_recovery: ColumnElement[bool | None] = column(Boolean, server_default=text("false"), nullable=True)
    recovery_notes: ColumnElement[str | None] = column(Text, nullable=True)
    reused_work_dir: ColumnElement[str | None] = column(Text, nullable=True)
    exit_code: ColumnElement[int | None] = column(Integer, nullable=True)
    error_message: ColumnElement[str | None] = column(Text, nullable=True)
    error_task: ColumnElement[str | None] = column(Text, nullable=True)
    metrics: ColumnElement[dict[str, Any] | None] = column(JSON_VALUE, nullable=True)

    session_id: ColumnElement[str] = column(Uuid(as_uuid=False))
    cancel_requested_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    status_detail: ColumnElement[str | None] = column(Text, nullable=True)
    synced_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    launch_attempt: ColumnElement[int] = column(Integer, server_default=text("0"))
    event_seq: ColumnElement[int] = column(BigInteger, server_default=text("0"))
    diagnosis: ColumnElement[dict[str, Any] | None] = column(JSON_VALUE, nullable=True)
    creation_key: ColumnElement[str | None] = column(
        Uuid(as_uuid=False), nullable=True
    )  # of the request that made the run
    # Until when a recovery may reuse the work directory, and when the logs of a finished run were archived.
    work_dir_expires_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    archived_at: ColumnElement[datetime | None] = column(MOMENT, nullable=True)
    samples: ColumnElement[str | None] = column(Text, nullable=True)  # names, one a line
    name: ColumnElement[str | None] = column(String(100), nullable=True)
    note: ColumnElement[str | None] = column(Text, nullable=True)
    notify: ColumnElement[bool | None] = column(Boolean, nullable=True)  # NULL: as the owner prefers
    # NULL if there are none; readers are addresses, or `everyone`
    labels: ColumnElement[list[str] | None] = column(ARRAY(Text), nullable=True)
    shared_with: ColumnElement[list[str] | None] = column(ARRAY(Text), nullable=True)

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
        # Few runs have labels or are shared. Of those that are shared with all, the newest are wanted.
        Index("idx_runs_labels", "labels", postgresql_using="gin", postgresql_where=text("labels IS NOT NULL")),
        Index(
            "idx_runs_shared_with",
            "shared_with",
            postgresql_using="gin",
            postgresql_where=text("shared_with IS NOT NULL"),
        ),
        Index("idx_runs_shared", desc("created_at"), postgresql_where=text("shared_with IS NOT NULL")),
        # For reconcile, every few minutes: a handful of rows of any number of runs.
        Index(
            "idx_runs_unarchived",
            "created_at",
            postgresql_where=text(
                "archived_at IS NULL AND batch_job_name IS NOT NULL AND status IN ('completed', 'failed', 'cancelled')"
            ),
        ),
        # For the work directories of which people are told that they expire.
        Index("idx_runs_expiring", "work_dir_expires_at", postgresql_where=text("status IN ('failed', 'cancelled')")),
        # For the recoveries of a run; few runs are one.
        Index("idx_runs_parent_run_id", "parent_run_id", postgresql_where=text("parent_run_id IS NOT NULL")),
        Index("uq_runs_creation_key", "creation_key", unique=True),
        # Two live runs of one session would corrupt their shared work directory.
        Index(
            "uq_runs_live_session_id",
            "session_id",
            unique=True,
            postgresql_where=text("status IN ('pending', 'submitted', 'running')"),
        ),
    )


class RunStarRow(Base):
    """A star of one user on one run."""

    __tablename__ = "run_stars"

    user_email: ColumnElement[str] = column(String(255), primary_key=True)
    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)


class FailureRow(Base):
    """The group of the failure of one run, see `domain/insight/failures`.

    Counts are made of these rows when they are asked for, because each user may see others. `user_email` is the owner
    of the run, `at` when the failure was first stored.
    """

    __tablename__ = "failures"

    run_id: ColumnElement[str] = column(String(50), ForeignKey("runs.run_id"), primary_key=True)
    fingerprint: ColumnElement[str] = column(String(32))
    user_email: ColumnElement[str] = column(String(255))
    at: ColumnElement[datetime] = column(MOMENT)

    __table_args__ = (
        Index("idx_failures_fingerprint", "fingerprint", "user_email", "at"),
        Index("idx_failures_user_email", "user_email", desc("at"), postgresql_include=["fingerprint"]),
        Index("idx_failures_at", desc("at"), postgresql_include=["fingerprint"]),
    )
