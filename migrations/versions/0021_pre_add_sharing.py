"""pre: add the samples, name, note, labels and readers of runs, and the stars of users."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("samples", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("name", sa.String(100), nullable=True))
    op.add_column("runs", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("labels", ARRAY(sa.Text()), nullable=True))
    op.add_column("runs", sa.Column("shared_with", ARRAY(sa.Text()), nullable=True))
    has_labels, is_shared = sa.text("labels IS NOT NULL"), sa.text("shared_with IS NOT NULL")
    op.create_index("idx_runs_labels", "runs", ["labels"], postgresql_using="gin", postgresql_where=has_labels)
    op.create_index("idx_runs_shared_with", "runs", ["shared_with"], postgresql_using="gin", postgresql_where=is_shared)
    op.create_index("idx_runs_shared", "runs", [sa.text("created_at DESC")], postgresql_where=is_shared)
    op.create_table(
        "run_stars",
        sa.Column("user_email", sa.String(255), nullable=False),
        sa.Column("run_id", sa.String(50), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_stars_run_id_runs")),
        sa.PrimaryKeyConstraint("user_email", "run_id", name=op.f("pk_run_stars")),
    )


def downgrade() -> None:
    op.drop_table("run_stars")
    for index in ("idx_runs_shared", "idx_runs_shared_with", "idx_runs_labels"):
        op.drop_index(index, table_name="runs")
    for column in ("shared_with", "labels", "note", "name", "samples"):
        op.drop_column("runs", column)
