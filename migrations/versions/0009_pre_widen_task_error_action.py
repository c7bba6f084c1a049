"""pre: allow any text in tasks.error_action, because traces may have any; older code still works."""

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
