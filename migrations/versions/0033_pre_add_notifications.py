"""pre: add notifications, and whether the owner of a run wants them for it."""

import sqlalchemy as sa
from alembic import op

from migrations.transactions import no_transaction

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("notify", sa.Boolean(), nullable=True), if_not_exists=True)
    op.create_table(
        "notifications",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("user_email", sa.String(length=255), nullable=False),
        sa.Column("run_id", sa.String(length=50), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(length=50), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_notifications_run_id_runs")),
        sa.PrimaryKeyConstraint("id", "target", name=op.f("pk_notifications")),
        if_not_exists=True,
    )
    op.create_index(
        "idx_notifications_next_try_at",
        "notifications",
        ["next_try_at"],
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
        if_not_exists=True,
    )
    op.create_index(
        "idx_notifications_user_email_at", "notifications", ["user_email", sa.text("at DESC")], if_not_exists=True
    )
    with no_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_runs_expiring")  # an interrupted build leaves a bad one
        op.create_index(
            "idx_runs_expiring",
            "runs",
            ["work_dir_expires_at"],
            postgresql_where=sa.text("status IN ('failed', 'cancelled')"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index("idx_runs_expiring", table_name="runs")
    op.drop_table("notifications")
    op.drop_column("runs", "notify")
