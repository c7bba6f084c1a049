"""pre: add an index for tasks that share their first eight hex digits with another task of the run.

Existing keys do not change, because clients know them from addresses.
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
    """The earlier release does not know longer keys; it would show each such task as a separate one under its key."""
    op.drop_index("idx_tasks_run_id_short_hash", "tasks")
