"""pre: add idempotency_keys; make `runs` unique per request, and per session among live runs."""

import sqlalchemy as sa
from alembic import op

revision = "0002_idempotency_keys"
down_revision = "0001_initial"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("creation_key", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("holder", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("idx_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"], unique=False)
    op.add_column("runs", sa.Column("creation_key", sa.Uuid(as_uuid=False), nullable=True))
    op.create_index("uq_runs_creation_key", "runs", ["creation_key"], unique=True)
    op.create_index(
        "uq_runs_live_session_id",
        "runs",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('pending', 'submitted', 'running')"),
    )


def downgrade() -> None:
    op.drop_index("uq_runs_live_session_id", "runs")
    op.drop_index("uq_runs_creation_key", "runs")
    op.drop_column("runs", "creation_key")
    op.drop_table("idempotency_keys")
