"""pre: add failures, the groups of the failures of runs, and an index of recoveries.

The rule that groups failures is the project's own, so the rows are made here by that rule, and not by SQL. They are
made in batches with a transaction each, so that nothing waits for them; an interrupted migration begins again. Runs
that fail while the old code still runs are added by the function `insight` when somebody looks at them.
"""

import sqlalchemy as sa
from alembic import op

from common.domain.insight.failures import failure_group
from migrations.transactions import no_transaction

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BATCH = 1_000
_DIAGNOSED = sa.text("""
    SELECT run_id, user_email, coalesce(failed_at, cancelled_at, updated_at, created_at) AS at, diagnosis
    FROM runs WHERE run_id > :last AND jsonb_typeof(diagnosis) = 'object' ORDER BY run_id LIMIT :at_most
""")
_ADD = sa.text("""
    INSERT INTO failures (run_id, fingerprint, user_email, at) VALUES (:run_id, :fingerprint, :user_email, :at)
    ON CONFLICT DO NOTHING
""")


def upgrade() -> None:
    op.create_table(
        "failures",
        sa.Column("run_id", sa.String(length=50), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("user_email", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_failures_run_id_runs")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_failures")),
        if_not_exists=True,
    )
    with no_transaction():
        op.execute("CREATE INDEX IF NOT EXISTS idx_failures_fingerprint ON failures (fingerprint, user_email, at)")
        op.execute(
            "CREATE INDEX IF NOT EXISTS idx_failures_user_email ON failures (user_email, at DESC) INCLUDE (fingerprint)"
        )
        op.execute("CREATE INDEX IF NOT EXISTS idx_failures_at ON failures (at DESC) INCLUDE (fingerprint)")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_runs_parent_run_id")  # an interrupted build leaves a bad one
        op.create_index(
            "idx_runs_parent_run_id",
            "runs",
            ["parent_run_id"],
            postgresql_where=sa.text("parent_run_id IS NOT NULL"),
            postgresql_concurrently=True,
        )
        _add_old_failures(op.get_bind())


def _add_old_failures(connection: sa.Connection) -> None:
    last = ""
    while diagnosed := connection.execute(_DIAGNOSED, {"last": last, "at_most": _BATCH}).all():
        groups = [(run, failure_group(run.diagnosis)) for run in diagnosed]
        rows = [
            {"run_id": run.run_id, "fingerprint": group.fingerprint, "user_email": run.user_email, "at": run.at}
            for run, group in groups
            if group
        ]
        if rows:
            connection.execute(_ADD, rows)
        last = diagnosed[-1].run_id


def downgrade() -> None:
    op.drop_index("idx_runs_parent_run_id", table_name="runs")
    op.drop_table("failures")
