"""pre: add indexes so that pages of tasks and log entries take the same time in runs of any size."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_page_indexes"
down_revision = "0004_task_logs"
branch_labels = None
depends_on = None

_SORTED = (
    "status",
    "exit_code",
    "attempt",
    "duration_ms",
    "cpu_percent",
    "memory_peak",
    "start_time",
    "end_time",
)


def upgrade() -> None:
    op.create_table(
        "task_summaries",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("summary", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_task_summaries_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_task_summaries")),
    )
    op.drop_index("idx_tasks_run_id_status", "tasks")  # the new index, which adds the hash, replaces it
    for column in _SORTED:
        op.create_index(f"idx_tasks_run_id_{column}_hash", "tasks", ["run_id", column, "hash"])
    for column in ("name", "process"):
        start: sa.ColumnClause[str] = sa.literal_column(f"left({column}, 200)")
        op.create_index(f"idx_tasks_run_id_{column}_hash", "tasks", ["run_id", start, "hash"])
    op.create_index(
        "idx_log_entries_warnings",
        "log_entries",
        ["run_id", "number"],
        postgresql_where=sa.text("level IN ('WARN', 'ERROR')"),
    )


def downgrade() -> None:
    op.drop_index("idx_log_entries_warnings", "log_entries")
    for column in (*_SORTED, "name", "process"):
        op.drop_index(f"idx_tasks_run_id_{column}_hash", "tasks")
    op.create_index("idx_tasks_run_id_status", "tasks", ["run_id", "status"])
    op.drop_table("task_summaries")
