"""pre: add runs.work_dir_expires_at: until when a recovery may reuse the work directory of a run."""

import sqlalchemy as sa
from alembic import op

revision = "0010_work_dir_expires_at"
down_revision = "0009_task_error_action"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("work_dir_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE runs SET work_dir_expires_at = submitted_at + interval '30 days'"
        " WHERE submitted_at IS NOT NULL AND reused_work_dir IS NULL"
    )
    op.execute(
        "UPDATE runs AS run SET work_dir_expires_at = coalesce(root.submitted_at, root.created_at) + interval '30 days'"
        " FROM runs AS root WHERE root.run_id = substring(run.reused_work_dir FROM '/runs/(run-[0-9a-f]{8})/')"
    )


def downgrade() -> None:
    op.drop_column("runs", "work_dir_expires_at")
