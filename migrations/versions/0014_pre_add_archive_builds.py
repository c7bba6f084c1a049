"""pre: add table archive_builds, the progress of archives that take several work items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014_archive_builds"
down_revision = "0013_child_jobs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_builds",
        sa.Column("run_id", sa.String(50), nullable=False),
        sa.Column("version", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("build", JSONB(none_as_null=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_archive_builds"),
    )


def downgrade() -> None:
    """The earlier release builds each archive in one go; unfinished ones begin again."""
    op.drop_table("archive_builds")
