"""pre: add tasks.is_settled: the trace has given a task's final status, so the log cannot change it."""

import sqlalchemy as sa
from alembic import op

revision = "0006_task_is_settled"
down_revision = "0005_page_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("is_settled", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("tasks", "is_settled")
