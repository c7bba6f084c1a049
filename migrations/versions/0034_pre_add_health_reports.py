"""pre: add health_reports, what is known of the parts of Sluice."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "health_reports",
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_health_reports")),
    )
    # A timer that never calls must be noticed, too.
    op.execute("INSERT INTO health_reports (part, heard_at) VALUES ('timer', now())")


def downgrade() -> None:
    op.drop_table("health_reports")
