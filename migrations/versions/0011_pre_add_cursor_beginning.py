"""pre: add ingest_cursors.beginning, to recognise truncated uploads; older code does not read it."""

import sqlalchemy as sa
from alembic import op

revision = "0011_cursor_beginning"
down_revision = "0010_work_dir_expires_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ingest_cursors", sa.Column("beginning", sa.LargeBinary(), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    op.drop_column("ingest_cursors", "beginning")
