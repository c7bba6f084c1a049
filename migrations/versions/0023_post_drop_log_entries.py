"""post: drop log_entries, which no function reads any more."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.drop_table("log_entries")
    op.execute("DROP FUNCTION IF EXISTS mirror_added_log_entries(), mirror_deleted_log_entries()")


def downgrade() -> None:
    """Creates the table without rows; they can be read again from the logs bucket."""
    op.create_table(
        "log_entries",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("byte_start", sa.BigInteger(), nullable=False),
        sa.Column("byte_end", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("logger", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_log_entries")),
    )
    op.create_index(
        "idx_log_entries_warnings",
        "log_entries",
        ["run_id", "number"],
        postgresql_where=sa.text("level IN ('WARN', 'ERROR')"),
    )
