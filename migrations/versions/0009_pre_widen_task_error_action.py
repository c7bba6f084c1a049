"""pre: tasks.error_action takes any text, as a trace may hold in that place; the old code goes on as before."""

import sqlalchemy as sa
from alembic import op

revision = "0009_task_error_action"
down_revision = "0008_checkpoint_parts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("tasks", "error_action", type_=sa.Text(), existing_type=sa.String(20), existing_nullable=True)


def downgrade() -> None:
    op.alter_column(
        "tasks",
        "error_action",
        type_=sa.String(20),
        existing_type=sa.Text(),
        existing_nullable=True,
        postgresql_using="left(error_action, 20)",
    )
