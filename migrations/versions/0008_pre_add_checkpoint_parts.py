"""pre: add the tables of checkpoint namespaces, channel values and pending writes."""

import sqlalchemy as sa
from alembic import op

revision = "0008_checkpoint_parts"
down_revision = "0007_run_archived_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("idx_checkpoints_created_at", "checkpoints", ["created_at"])
    op.create_table(
        "checkpoint_namespaces",
        sa.Column("thread_id", sa.String(length=100), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=100), nullable=False),
        sa.Column("checkpoint_ns", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id", "checkpoint_id"],
            ["checkpoints.thread_id", "checkpoints.checkpoint_id"],
            name=op.f("fk_checkpoint_namespaces_thread_id_checkpoint_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "checkpoint_id", name=op.f("pk_checkpoint_namespaces")),
    )
    op.create_index(
        "idx_checkpoint_namespaces_newest", "checkpoint_namespaces", ["thread_id", "checkpoint_ns", "checkpoint_id"]
    )
    op.create_table(
        "checkpoint_blobs",
        sa.Column("thread_id", sa.String(length=100), nullable=False),
        sa.Column("checkpoint_ns", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "checkpoint_ns", "channel", "version", name=op.f("pk_checkpoint_blobs")),
    )
    op.create_table(
        "checkpoint_writes",
        sa.Column("thread_id", sa.String(length=100), nullable=False),
        sa.Column("checkpoint_id", sa.String(length=100), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task_path", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", "checkpoint_id", "task_id", "idx", name=op.f("pk_checkpoint_writes")),
    )
    op.create_index("idx_checkpoint_writes_created_at", "checkpoint_writes", ["created_at"])


def downgrade() -> None:
    op.drop_table("checkpoint_writes")
    op.drop_table("checkpoint_blobs")
    op.drop_table("checkpoint_namespaces")
    op.drop_index("idx_checkpoints_created_at", table_name="checkpoints")
