"""pre: add entries, which replaces log_entries: a third smaller, with one partition for each month.

Until log_entries is dropped, a trigger copies what the old code still writes there. 0019 copies the older rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# The functions' users have no right to change tables; these make and drop partitions for them, and nothing else.
_MAKE_MONTH = """
CREATE FUNCTION make_entry_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day CONSTANT date := date_trunc('month', month::timestamp);
    name CONSTANT text := 'entries_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('make_entry_month'));
        -- Not to_regclass: it remembers from before the wait that there was none.
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = 'public'::regnamespace) THEN
            EXECUTE format('CREATE TABLE %I (LIKE entries INCLUDING ALL)', name);
            EXECUTE format('ALTER TABLE entries ATTACH PARTITION %I FOR VALUES IN (%L)', name, first_day);
        END IF;
    END IF;
END $$
"""
_DROP_MONTH = """
CREATE FUNCTION drop_entry_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'entries_' || to_char(month, 'YYYY_MM'));
END $$
"""
# Also for the old code, whose users have no rights on the new tables while the migrations run.
_MIRROR_ADDED = """
CREATE FUNCTION mirror_added_log_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM make_entry_month(month) FROM (
        SELECT DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS month
        FROM runs WHERE run_id IN (SELECT run_id FROM added)
    ) AS months;
    INSERT INTO entry_sources (thread, logger)
    SELECT DISTINCT coalesce(thread, ''), coalesce(logger, '') FROM added ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    INSERT INTO entries (month, run_number, number, byte_end, "timestamp", level, source, message)
    SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::date, ('x' || right(run_id, 8))::bit(32)::integer,
        number, byte_end, "timestamp",
        array_position(ARRAY['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'], level::text) - 1, id, message
    FROM added JOIN runs USING (run_id)
    JOIN entry_sources s ON s.thread = coalesce(added.thread, '') AND s.logger = coalesce(added.logger, '')
    ON CONFLICT (month, run_number, number) DO UPDATE SET
        byte_end = excluded.byte_end, "timestamp" = excluded."timestamp", level = excluded.level,
        source = excluded.source, message = excluded.message;
    RETURN NULL;
END $$
"""
_MIRROR_DELETED = """
CREATE FUNCTION mirror_deleted_log_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM entries USING deleted JOIN runs USING (run_id)
    WHERE month = date_trunc('month', created_at AT TIME ZONE 'UTC')::date
        AND run_number = ('x' || right(run_id, 8))::bit(32)::integer AND entries.number = deleted.number;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "entry_sources",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("logger", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_sources")),
        sa.UniqueConstraint("thread", "logger", name=op.f("uq_entry_sources_thread_logger")),
    )
    op.create_table(
        "entries",
        sa.Column("byte_end", sa.BigInteger(), nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=True),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("month", "run_number", "number", name=op.f("pk_entries")),
        postgresql_partition_by="LIST (month)",
    )
    op.create_index("idx_entries_warnings", "entries", ["run_number", "number"], postgresql_where=sa.text("level >= 3"))
    for function in (_MAKE_MONTH, _DROP_MONTH, _MIRROR_ADDED, _MIRROR_DELETED):
        op.execute(function)
    for name in ("make_entry_month", "drop_entry_month"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name}(date) FROM PUBLIC")
    op.execute("SET LOCAL lock_timeout = '1s'")  # rather fail than let the functions wait; the job can run again
    op.execute(
        "CREATE TRIGGER mirror_added AFTER INSERT ON log_entries REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION mirror_added_log_entries()"
    )
    op.execute(
        "CREATE TRIGGER mirror_deleted AFTER DELETE ON log_entries REFERENCING OLD TABLE AS deleted"
        " FOR EACH STATEMENT EXECUTE FUNCTION mirror_deleted_log_entries()"
    )


def downgrade() -> None:
    """The old code reads log_entries, which lacks what the new code has written."""
    for name in ("mirror_added", "mirror_deleted"):
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON log_entries")
        op.execute(f"DROP FUNCTION IF EXISTS {name}_log_entries()")
    for name in ("make_entry_month", "drop_entry_month"):
        op.execute(f"DROP FUNCTION {name}(date)")
    op.drop_table("entries")
    op.drop_table("entry_sources")
