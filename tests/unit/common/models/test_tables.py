"""The specified tables exist exactly in Postgres, as its catalogue shows."""

import pytest
from sqlalchemy import Engine, text

# column: type, whether it may be NULL, default
RUNS = """
run_id: character varying(50), no, -
pipeline: character varying(100), no, -
pipeline_version: character varying(20), no, -
status: character varying(20), no, -
user_email: character varying(255), no, -
user_name: character varying(255), yes, -
created_at: timestamp with time zone, yes, now()
updated_at: timestamp with time zone, yes, now()
submitted_at: timestamp with time zone, yes, -
started_at: timestamp with time zone, yes, -
completed_at: timestamp with time zone, yes, -
failed_at: timestamp with time zone, yes, -
cancelled_at: timestamp with time zone, yes, -
gcs_path: text, no, -
batch_job_name: text, yes, -
params: jsonb, no, -
sample_count: integer, no, -
source_ngs_runs: text[], yes, -
source_project: text, yes, -
parent_run_id: character varying(50), yes, -
is_recovery: boolean, yes, false
recovery_notes: text, yes, -
reused_work_dir: text, yes, -
exit_code: integer, yes, -
error_message: text, yes, -
error_task: text, yes, -
metrics: jsonb, yes, -
"""
ADDED_TO_RUNS = """
session_id: uuid, no, -
cancel_requested_at: timestamp with time zone, yes, -
status_detail: text, yes, -
synced_at: timestamp with time zone, yes, -
launch_attempt: integer, no, 0
event_seq: bigint, no, 0
diagnosis: jsonb, yes, -
"""
USERS = """
email: character varying(255), no, -
display_name: character varying(255), no, -
created_at: timestamp with time zone, yes, now()
last_login_at: timestamp with time zone, yes, now()
preferences: jsonb, no, '{}'::jsonb
stats: jsonb, no, '{}'::jsonb
"""
CHECKPOINTS = """
thread_id: character varying(100), no, -
checkpoint_id: character varying(100), no, -
parent_checkpoint_id: character varying(100), yes, -
checkpoint: jsonb, no, -
metadata: jsonb, yes, -
created_at: timestamp with time zone, yes, now()
"""
INDEXES = {
    "runs": {
        "pk_runs": "UNIQUE btree (run_id)",
        "idx_runs_user_email_created_at": "btree (user_email, created_at DESC)",
        "idx_runs_status_created_at": "btree (status, created_at DESC)",
        "idx_runs_created_at": "btree (created_at DESC)",
    },
    "users": {
        "pk_users": "UNIQUE btree (email)",
        "idx_users_last_login_at": "btree (last_login_at DESC)",
    },
    "checkpoints": {"pk_checkpoints": "UNIQUE btree (thread_id, checkpoint_id)"},
}

_COLUMNS = text("""
    SELECT attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'no' ELSE 'yes' END,
           coalesce(pg_get_expr(adbin, adrelid), '-')
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
""")
_INDEXES = text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = :name")


@pytest.mark.parametrize(
    ("table", "columns"), [("runs", RUNS + ADDED_TO_RUNS.lstrip()), ("users", USERS), ("checkpoints", CHECKPOINTS)]
)
def test_a_table_has_the_specified_columns(engine: Engine, table: str, columns: str) -> None:
    with engine.connect() as connection:
        rows = connection.execute(_COLUMNS, {"name": table}).all()

    expected = columns.split("\n")[1:-1]
    found = [f"{name}: {kind}, {null}, {default}" for name, kind, null, default in rows]
    assert found[: len(expected)] == expected  # later migrations append columns


@pytest.mark.parametrize("table", sorted(INDEXES))
def test_a_table_has_the_specified_indexes(engine: Engine, table: str) -> None:
    with engine.connect() as connection:
        rows = connection.execute(_INDEXES, {"name": table}).all()

    found = {
        name: ("UNIQUE " if "UNIQUE" in definition else "") + definition.split("USING ")[1] for name, definition in rows
    }
    assert found.items() >= INDEXES[table].items()


def test_a_new_user_has_empty_preferences_and_stats(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO users (email, display_name) VALUES ('ana@lab.example', 'ana')"))
        (row,) = connection.execute(
            text("SELECT preferences, stats, created_at = last_login_at AS at FROM users")
        ).all()

    assert (row.preferences, row.stats, row.at) == ({}, {}, True)
