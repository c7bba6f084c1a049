"""pre: add search_lines, the lines of all runs that can be searched, with a partition for each month of entries.

Lines of older runs are not added: they can be searched within their run, and their month is dropped in time.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_MAKE = """
CREATE OR REPLACE FUNCTION make_entry_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_day CONSTANT date := date_trunc('month', month::timestamp);
    name CONSTANT text := 'entries_' || to_char(first_day, 'YYYY_MM');
    lines CONSTANT text := 'search_lines_' || to_char(first_day, 'YYYY_MM');
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
    IF to_regclass(lines) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('make_entry_month'));
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = lines AND relnamespace = 'public'::regnamespace) THEN
            EXECUTE format('CREATE TABLE %I (LIKE search_lines INCLUDING ALL)', lines);
            EXECUTE format('ALTER TABLE search_lines ATTACH PARTITION %I FOR VALUES IN (%L)', lines, first_day);
        END IF;
    END IF;
    INSERT INTO entry_months (month) VALUES (first_day) ON CONFLICT DO NOTHING;
END $$
"""
_LINES_OF_MAKE = slice(_MAKE.index("    IF to_regclass(lines)"), _MAKE.index("    INSERT INTO entry_months"))
_DROP = """
CREATE OR REPLACE FUNCTION drop_entry_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', 'entries_' || to_char(month, 'YYYY_MM'));
    EXECUTE format('DROP TABLE IF EXISTS %I', 'search_lines_' || to_char(month, 'YYYY_MM'));
    DELETE FROM entry_months WHERE entry_months.month = drop_entry_month.month;
END $$
"""
_DROP_LINES = "    EXECUTE format('DROP TABLE IF EXISTS %I', 'search_lines_' || to_char(month, 'YYYY_MM'));\n"


def upgrade() -> None:
    op.create_table(
        "search_lines",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("user_email", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("month", "run_number", "number", "task", name=op.f("pk_search_lines")),
        postgresql_partition_by="LIST (month)",
    )
    op.create_index(
        "idx_search_lines_words",
        "search_lines",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    place = ["at", "run_number", "task", "number"]
    op.create_index("idx_search_lines_at", "search_lines", place)
    op.create_index("idx_search_lines_user_email_at", "search_lines", ["user_email", *place])
    op.execute(_MAKE)
    op.execute(_DROP)
    op.execute("SELECT make_entry_month(month) FROM entry_months")


def downgrade() -> None:
    op.execute(_MAKE.replace(_MAKE[_LINES_OF_MAKE], ""))
    op.execute(_DROP.replace(_DROP_LINES, ""))
    op.drop_table("search_lines")
