"""pre: add an index for tasks whose first eight hex digits are those of another task of the run.

The keys of the tasks that are there stay as they are: they have been given out in addresses.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011_cursor_beginning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "idx_tasks_run_id_short_hash",
        "tasks",
        ["run_id", sa.literal_column("left(hash, 9)")],
        postgresql_where=sa.text("substr(hash, 10, 1) = '-'"),
    )


def downgrade() -> None:
    """The release before knows no such tasks, and would show each beside the other under its own key."""
    op.drop_index("idx_tasks_run_id_short_hash", "tasks")
