"""pre: drop the indexes of tasks that few people sort by, and leave room for updates in place.

An update is in place when no indexed column changes and its page has room. The old code still finds every page, by a
sort where its index is gone. Rows that are already stored keep their pages full until they are updated.
"""

from alembic import op

revision = "0017"
down_revision = "0016_sum_schedule"
branch_labels = None
depends_on = None

_DROPPED = {
    "status": "status",
    "exit_code": "exit_code",
    "attempt": "attempt",
    "cpu_percent": "cpu_percent",
    "memory_peak": "memory_peak",
    "start_time": "start_time",
    "end_time": "end_time",
    "name": "left(name, 200)",
    "process": "left(process, 200)",
}


def upgrade() -> None:
    for name in _DROPPED:
        op.drop_index(f"idx_tasks_run_id_{name}_hash", "tasks")
    op.execute("ALTER TABLE tasks SET (fillfactor = 90)")


def downgrade() -> None:
    op.execute("ALTER TABLE tasks RESET (fillfactor)")
    for name, key in _DROPPED.items():
        op.execute(f"CREATE INDEX idx_tasks_run_id_{name}_hash ON tasks (run_id, {key}, hash)")
