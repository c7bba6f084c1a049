"""pre: add what tasks asked for besides cpus and memory, and the bytes that they read and wrote."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_requests",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_requests")),
        sa.UniqueConstraint("request", name=op.f("uq_task_requests_request")),
    )
    op.execute("SET LOCAL lock_timeout = '1s'")  # rather fail than let the functions wait; the job can run again
    op.add_column("tasks", sa.Column("request_id", sa.Integer(), nullable=True))
    op.add_column("tasks", sa.Column("read_bytes", sa.BigInteger(), nullable=True))
    op.add_column("tasks", sa.Column("write_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in ("write_bytes", "read_bytes", "request_id"):
        op.drop_column("tasks", name)
    op.drop_table("task_requests")
