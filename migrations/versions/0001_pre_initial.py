"""pre: create runs, users, checkpoints, tasks, log entries, the journal and the ingest cursors."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_runs()
    _create_users()
    _create_checkpoints()
    _create_tasks()
    _create_log_entries()
    _create_run_events()
    _create_ingest_cursors()


def downgrade() -> None:
    op.drop_table("ingest_cursors")
    op.drop_table("run_events")
    op.drop_table("log_entries")
    op.drop_table("tasks")
    op.drop_table("checkpoints")
    op.drop_table("users")
    op.drop_table("runs")


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("pipeline", sa.String(length=100), nullable=False),
        sa.Column("pipeline_version", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("user_email", sa.String(length=255), nullable=False),
        sa.Column("user_name", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gcs_path", sa.Text(), nullable=False),
        sa.Column("batch_job_name", sa.Text(), nullable=True),
        sa.Column("params", JSONB(), nullable=False),
        sa.Column("sample_count", sa.Integer(), nullable=False),
        sa.Column("source_ngs_runs", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("source_project", sa.Text(), nullable=True),
        sa.Column("parent_run_id", sa.String(length=50), nullable=True),
        sa.Column("is_recovery", sa.Boolean(), server_default=sa.text("false"), nullable=True),
        sa.Column("recovery_notes", sa.Text(), nullable=True),
        sa.Column("reused_work_dir", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("error_task", sa.Text(), nullable=True),
        sa.Column("metrics", JSONB(), nullable=True),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_detail", sa.Text(), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launch_attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("diagnosis", JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index("idx_runs_created_at", "runs", [sa.literal_column("created_at DESC")], unique=False)
    op.create_index(
        "idx_runs_status_created_at", "runs", ["status", sa.literal_column("created_at DESC")], unique=False
    )
    op.create_index(
        "idx_runs_user_email_created_at", "runs", ["user_email", sa.literal_column("created_at DESC")], unique=False
    )


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column(
            "preferences",
            JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("stats", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_users")),
    )
    op.create_index("idx_users_last_login_at", "users", [sa.literal_column("last_login_at DESC")], unique=False)


def _create_checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("thread_id", sa.String(length=100), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=100), nullable=False),
        sa.Column("parent_checkpoint_id", sa.String(length=100), nullable=True),
        sa.Column("checkpoint", JSONB(), nullable=False),
        sa.Column("metadata", JSONB(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.PrimaryKeyConstraint("thread_id", "checkpoint_id", name=op.f("pk_checkpoints")),
    )


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("hash", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("exit_code", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.BigInteger(), nullable=True),
        sa.Column("submit_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("realtime_ms", sa.BigInteger(), nullable=True),
        sa.Column("cpu_percent", sa.Double(), nullable=True),
        sa.Column("cpus", sa.BigInteger(), nullable=True),
        sa.Column("memory", sa.BigInteger(), nullable=True),
        sa.Column("memory_peak", sa.BigInteger(), nullable=True),
        sa.Column("work_dir", sa.Text(), nullable=True),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("error_action", sa.String(length=20), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_tasks_run_id")),
        sa.PrimaryKeyConstraint("run_id", "hash", name=op.f("pk_tasks")),
    )
    op.create_index("idx_tasks_run_id_status", "tasks", ["run_id", "status"], unique=False)
    op.create_index("idx_tasks_run_id_submit_time", "tasks", ["run_id", "submit_time", "hash"], unique=False)


def _create_log_entries() -> None:
    op.create_table(
        "log_entries",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("byte_start", sa.BigInteger(), nullable=False),
        sa.Column("byte_end", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("logger", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_log_entries")),
    )


def _create_run_events() -> None:
    op.create_table(
        "run_events",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_events_run_id")),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_run_events")),
    )


def _create_ingest_cursors() -> None:
    op.create_table(
        "ingest_cursors",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("byte_offset", sa.BigInteger(), nullable=False),
        sa.Column("boundary", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("reader", JSONB(), nullable=False),
        sa.Column("summary", JSONB(), nullable=False),
        sa.Column("skipped", JSONB(), nullable=False),
        sa.Column("skipped_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_ingest_cursors_run_id")),
        sa.PrimaryKeyConstraint("run_id", "file", name=op.f("pk_ingest_cursors")),
    )
