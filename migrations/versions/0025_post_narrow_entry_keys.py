"""post: take the month out of the keys of entries, where it is the same in each entry of a partition.

A primary key of the whole table must contain what the partitions are made by. So each partition gets a unique index of
its own instead, which takes 20 bytes for an entry instead of 28.
"""

import sqlalchemy as sa
from alembic import op

from migrations.transactions import no_transaction

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_MAKE = """
CREATE OR REPLACE FUNCTION make_entry_month(month date) RETURNS void
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
            EXECUTE format('CREATE UNIQUE INDEX %I ON %I (run_number, number)', name || '_key', name);
            EXECUTE format('ALTER TABLE entries ATTACH PARTITION %I FOR VALUES IN (%L)', name, first_day);
        END IF;
    END IF;
    INSERT INTO entry_months (month) VALUES (first_day) ON CONFLICT DO NOTHING;
END $$
"""
_KEY = "            EXECUTE format('CREATE UNIQUE INDEX %I ON %I (run_number, number)', name || '_key', name);\n"
_PARTITIONS = sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'entries'::regclass")


def upgrade() -> None:
    """Partitions that are made meanwhile have both keys."""
    op.execute(_MAKE)
    with no_transaction():
        for name in op.get_bind().execute(_PARTITIONS).scalars().all():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}_key")
            op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name}_key ON {name} (run_number, number)")
    op.execute("SET LOCAL lock_timeout = '1s'")
    op.execute("ALTER TABLE entries DROP CONSTRAINT IF EXISTS pk_entries")


def downgrade() -> None:
    op.execute(_MAKE.replace(_KEY, ""))
    op.execute("ALTER TABLE entries ADD CONSTRAINT pk_entries PRIMARY KEY (month, run_number, number)")
    for name in op.get_bind().execute(_PARTITIONS).scalars().all():
        op.execute(f"DROP INDEX {name}_key")
