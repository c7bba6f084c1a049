"""pre: add tasks.is_failed, which an index of the failed tasks can name without naming the status.

While old code writes tasks, a trigger keeps the column; tasks that had failed before are marked a run in each
transaction, so that nothing waits for it. After an interruption it begins again.
"""

import sqlalchemy as sa
from alembic import op

from migrations.transactions import no_transaction

revision = "0022"
down_revision = "0021"
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
_MARK = sa.text("UPDATE tasks SET is_failed = true WHERE run_id = :run_id AND status = 'FAILED' AND is_failed IS NULL")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.execute("ALTER TABLE tasks ADD COLUMN IF NOT EXISTS is_failed boolean")
    op.execute(_KEEP)
    op.execute(_WATCH)
    with no_transaction():
        connection = op.get_bind()
        for run_id in connection.execute(sa.text("SELECT run_id FROM runs")).scalars().all():
            connection.execute(_MARK, {"run_id": run_id})


def downgrade() -> None:
    op.execute("DROP TRIGGER IF EXISTS keep_is_failed ON tasks")
    op.execute("DROP FUNCTION IF EXISTS keep_task_is_failed()")
    op.drop_column("tasks", "is_failed")
