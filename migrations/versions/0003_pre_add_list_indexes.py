"""pre: add indexes for lists of runs, and vacuum `runs` often enough for index-only counts."""

import sqlalchemy as sa
from alembic import op

revision = "0003_list_indexes"
down_revision = "0002_idempotency_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "idx_runs_user_email_created_at_filters",
        "runs",
        ["user_email", sa.literal_column("created_at DESC")],
        postgresql_include=["status", "pipeline"],
    )
    op.create_index(
        "idx_runs_pipeline_created_at",
        "runs",
        ["pipeline", sa.literal_column("created_at DESC")],
        postgresql_include=["status"],
    )
    op.create_index("idx_runs_source_ngs_runs", "runs", ["source_ngs_runs"], postgresql_using="gin")
    # By default VACUUM waits until a fifth of the table has changed; until then, counts read each changed row.
    op.execute(
        "ALTER TABLE runs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,"
        " autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 1000)"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE runs RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,"
        " autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold)"
    )
    op.drop_index("idx_runs_source_ngs_runs", "runs")
    op.drop_index("idx_runs_pipeline_created_at", "runs")
    op.drop_index("idx_runs_user_email_created_at_filters", "runs")
