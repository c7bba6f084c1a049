"""pre: remember when the partition of each month was made, because a month that was read again is kept for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
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
            EXECUTE format('ALTER TABLE entries ATTACH PARTITION %I FOR VALUES IN (%L)', name, first_day);
        END IF;
    END IF;
    INSERT INTO entry_months (month) VALUES (first_day) ON CONFLICT DO NOTHING;
END $$
"""
_DROP = """
CREATE OR REPLACE FUNCTION drop_entry_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'entries_' || to_char(month, 'YYYY_MM'));
    DELETE FROM entry_months WHERE entry_months.month = drop_entry_month.month;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "entry_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_entry_months")),
    )
    op.execute(
        "INSERT INTO entry_months (month) SELECT to_date(right(inhrelid::regclass::text, 7), 'YYYY_MM')"
        " FROM pg_inherits WHERE inhparent = 'entries'::regclass"
    )
    op.execute(_MAKE)
    op.execute(_DROP)


def downgrade() -> None:
    """The functions need no table in the earlier release, but work with it as well; it is dropped with them."""
    op.execute(_MAKE.replace("INSERT INTO entry_months (month) VALUES (first_day) ON CONFLICT DO NOTHING;", ""))
    op.execute(_DROP.replace("DELETE FROM entry_months WHERE entry_months.month = drop_entry_month.month;", ""))
    op.drop_table("entry_months")
