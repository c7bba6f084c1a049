"""pre: add prices, and what runs cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prices",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("spot", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("nanos", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "sku", "spot", "since", name=op.f("pk_prices")),
    )
    op.create_table(
        "run_costs",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("sums", postgresql.JSONB(none_as_null=True), nullable=False),
        sa.Column("nanos", sa.BigInteger(), nullable=True),
        sa.Column("saved_nanos", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.String(length=10), server_default=sa.text("'none'"), nullable=False),
        sa.Column("is_complete", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("summed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_costs_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_costs")),
    )


def downgrade() -> None:
    op.drop_table("run_costs")
    op.drop_table("prices")
