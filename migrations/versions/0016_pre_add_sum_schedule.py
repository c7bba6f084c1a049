"""pre: add is_stale and due_at to task_summaries, so that tasks are summed up only after they have changed."""

import sqlalchemy as sa
from alembic import op

revision = "0016_sum_schedule"
down_revision = "0015_archives"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Summaries of the earlier release count as stale, so that each is computed once more."""
    op.add_column("task_summaries", sa.Column("is_stale", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("task_summaries", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("task_summaries", "due_at")
    op.drop_column("task_summaries", "is_stale")
