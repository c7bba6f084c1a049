"""post: add an index of the tasks that failed, for a page of them in a run of 100,000 tasks.

It is built while the functions go on; an interrupted build is begun again. The code works without it, too. The
trigger that kept is_failed for the old code goes.
"""

from alembic import op

from migrations.transactions import no_transaction

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_KEEP = """
CREATE OR REPLACE FUNCTION keep_task_is_failed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks SET is_failed = nullif(status = 'FAILED', false) WHERE run_id = NEW.run_id AND hash = NEW.hash;
    RETURN NULL;
END $$
"""
_WATCH = """
CREATE OR REPLACE TRIGGER keep_is_failed AFTER INSERT OR UPDATE OF status ON tasks FOR EACH ROW
WHEN ((NEW.status = 'FAILED') IS DISTINCT FROM (NEW.is_failed IS TRUE)) EXECUTE FUNCTION keep_task_is_failed()
"""


def upgrade() -> None:
    with no_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_tasks_failed")
        op.execute("CREATE INDEX CONCURRENTLY idx_tasks_failed ON tasks (run_id, submit_time) WHERE is_failed")
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.execute("DROP TRIGGER IF EXISTS keep_is_failed ON tasks")
    op.execute("DROP FUNCTION IF EXISTS keep_task_is_failed()")


def downgrade() -> None:
    """The old code may come back, and with it the trigger."""
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.execute(_KEEP)
    op.execute(_WATCH)
    with no_transaction():
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS idx_tasks_failed")
