"""pre: add child_jobs, which keeps what Batch says about the jobs of tasks.

Runs that are over get no rows: their jobs may be gone from Batch.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_child_jobs"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time, json = sa.DateTime(timezone=True), postgresql.JSONB(none_as_null=True)
    op.create_table(
        "child_jobs",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("job_id", sa.String(length=63), nullable=False),
        sa.Column("uid", sa.Text(), nullable=True),
        sa.Column("task_hash", sa.String(length=9), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=True),
        sa.Column("machine_type", sa.Text(), nullable=True),
        sa.Column("provisioning_model", sa.Text(), nullable=True),
        sa.Column("task_pack", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("zone_seconds", json, nullable=True),
        sa.Column("spot_losses", sa.Integer(), nullable=True),
        sa.Column("disks", json, nullable=True),
        sa.Column("accelerators", json, nullable=True),
        sa.Column("created_at", time, nullable=True),
        sa.Column("assigned_at", time, nullable=True),
        sa.Column("released_at", time, nullable=True),
        sa.Column("ended_at", time, nullable=True),
        sa.Column("read_at", time, nullable=True),
        sa.Column("gone_answers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_child_jobs_run_id")),
        sa.PrimaryKeyConstraint("run_id", "job_id", name=op.f("pk_child_jobs")),
    )
    op.create_index(
        "idx_child_jobs_unread",
        "child_jobs",
        ["run_id", "read_at", "job_id"],
        postgresql_where=sa.text("state IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("idx_child_jobs_unread", "child_jobs")
    op.drop_table("child_jobs")
