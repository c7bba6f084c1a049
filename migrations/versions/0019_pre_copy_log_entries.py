"""pre: copy log_entries into entries, a batch in each transaction, so that nothing waits for it.

After an interruption it begins again, and skips what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.transactions import no_transaction

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BATCH = 20_000
_MONTHS = """
SELECT make_entry_month(month) FROM (
    SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS month FROM runs
    WHERE EXISTS (SELECT FROM log_entries WHERE log_entries.run_id = runs.run_id)
) AS months
"""
_SOURCES = """
INSERT INTO entry_sources (thread, logger)
SELECT DISTINCT coalesce(thread, ''), coalesce(logger, '') FROM log_entries ON CONFLICT DO NOTHING
"""
_COPY = sa.text("""
WITH batch AS MATERIALIZED (
    SELECT * FROM log_entries WHERE (run_id, number) > (:run_id, :number) ORDER BY run_id, number LIMIT :at_most
), copied AS (
    INSERT INTO entries (month, run_number, number, byte_end, "timestamp", level, source, message)
    SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::date, ('x' || right(run_id, 8))::bit(32)::integer,
        number, byte_end, "timestamp",
        array_position(ARRAY['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'], level::text) - 1, id, message
    FROM batch JOIN runs USING (run_id)
    JOIN entry_sources s ON s.thread = coalesce(batch.thread, '') AND s.logger = coalesce(batch.logger, '')
    ON CONFLICT DO NOTHING
)
SELECT run_id, number FROM batch ORDER BY run_id DESC, number DESC LIMIT 1
""")


def upgrade() -> None:
    with no_transaction():
        connection = op.get_bind()
        connection.execute(sa.text(_MONTHS))
        connection.execute(sa.text(_SOURCES))
        place: tuple[str, int] | None = ("", -1)
        while place:
            last = connection.execute(_COPY, {"run_id": place[0], "number": place[1], "at_most": _BATCH}).first()
            place = (last.run_id, last.number) if last else None


def downgrade() -> None:
    """log_entries is still there."""
