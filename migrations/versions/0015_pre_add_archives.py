"""pre: add table archives, the generations of the archives that Sluice wrote."""

import sqlalchemy as sa
from alembic import op

revision = "0015_archives"
down_revision = "0014_archive_builds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column("run_id", sa.String(50), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_archives"),
    )


def downgrade() -> None:
    """The earlier release trusts archives by their metadata."""
    op.drop_table("archives")
