"""post: take the hash out of the indexes that tasks are sorted by.

Without it an index entry takes 36 bytes instead of 52, and Postgres still reads tasks in order: only those with the
same time or duration are sorted. The indexes are built while the functions go on; an interrupted build is begun again.
Old and new code work with either, so a deployment does not wait for it.
"""

from alembic import op

from migrations.transactions import no_transaction

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_NARROW = {"idx_tasks_submit_time": "submit_time", "idx_tasks_duration_ms": "duration_ms"}
_WIDE = {"idx_tasks_run_id_submit_time": "submit_time, hash", "idx_tasks_run_id_duration_ms_hash": "duration_ms, hash"}


def upgrade() -> None:
    _replace(_WIDE, _NARROW)


def downgrade() -> None:
    _replace(_NARROW, _WIDE)


def _replace(old: dict[str, str], new: dict[str, str]) -> None:
    with no_transaction():
        for name, columns in new.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON tasks (run_id, {columns})")
        for name in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
