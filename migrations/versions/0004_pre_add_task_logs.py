"""pre: add task_logs, and the tables leases and quotas, which reading task output needs."""

import sqlalchemy as sa
from alembic import op

revision = "0004_task_logs"
down_revision = "0003_list_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_logs",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("hash", sa.String(length=40), nullable=False),
        sa.Column("stdout", sa.Text(), nullable=False),
        sa.Column("stderr", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=True),
        sa.Column("truncated", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("merged", sa.Boolean(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_task_logs_run_id")),
        sa.PrimaryKeyConstraint("run_id", "hash", name=op.f("pk_task_logs")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("holder", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "quotas",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("refilled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_quotas")),
    )


def downgrade() -> None:
    op.drop_table("quotas")
    op.drop_table("leases")
    op.drop_table("task_logs")
