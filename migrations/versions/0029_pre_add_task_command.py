"""pre: add task_logs.command, the script that a task ran."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '1s'")  # rather fail than let the functions wait; the job can run again
    op.add_column("task_logs", sa.Column("command", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("task_logs", "command")
