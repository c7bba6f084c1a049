"""post: add an index of the tasks that failed, for a page of them in a run of 100,000 tasks.

It is built while the functions go on; an interrupted build is begun again. The code works without it, too.
"""

from alembic import op

from migrations.transactions import no_transaction

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    downgrade()
    with no_transaction():
        op.execute("CREATE INDEX CONCURRENTLY idx_tasks_failed ON tasks (run_id, submit_time) WHERE status = 'FAILED'")


def downgrade() -> None:
    with no_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_tasks_failed")
