"""pre: add runs.archived_at: when the logs of a finished run were archived, to find missing archives."""

import sqlalchemy as sa
from alembic import op

revision = "0007_run_archived_at"
down_revision = "0006_task_is_settled"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "idx_runs_unarchived",
        "runs",
        ["created_at"],
        postgresql_where=sa.text(
            "archived_at IS NULL AND batch_job_name IS NOT NULL AND status IN ('completed', 'failed', 'cancelled')"
        ),
    )


def downgrade() -> None:
    op.drop_index("idx_runs_unarchived", table_name="runs")
    op.drop_column("runs", "archived_at")
