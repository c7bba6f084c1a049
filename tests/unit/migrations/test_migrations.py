"""Migrations upgrade and downgrade a real Postgres, and produce the schema of the models."""

import json
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from common.domain.insight.failures import failure_group
from common.models.database import Base
from localdev.stack.postgres.schema import migrate
from tests.support.runs import make_run

CORE_TABLES = {"checkpoints", "runs", "users"}


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def alembic(connection: Connection) -> Config:
    """Alembic's config; its commands run on `connection`."""
    config = Config("migrations/alembic.ini")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_upgrading_an_empty_database_creates_every_table(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")

    assert tables(connection) == Base.metadata.tables.keys() | {"alembic_version"}


def test_the_migrations_produce_the_schema_of_the_models(alembic: Config) -> None:
    command.upgrade(alembic, "head")

    command.check(alembic)  # raises when a new migration would have something to do


def test_partitions_are_not_compared_with_the_models(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")
    connection.execute(text("SELECT make_entry_month('2026-02-17')"))
    connection.commit()

    command.check(alembic)


def test_downgrading_to_base_drops_every_table(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")

    command.downgrade(alembic, "base")

    assert tables(connection) == {"alembic_version"}


def test_a_downgraded_database_can_be_upgraded_again(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")
    command.downgrade(alembic, "base")

    command.upgrade(alembic, "head")

    assert tables(connection) == Base.metadata.tables.keys() | {"alembic_version"}


def test_upgrading_twice_keeps_the_rows(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "head")
    add = text("INSERT INTO users (email, display_name) VALUES (:email, 'ana')")
    connection.execute(add, {"email": make_run().user_email})
    connection.commit()

    command.upgrade(alembic, "head")

    assert connection.execute(text("SELECT count(*) FROM users")).scalar_one() == 1


def test_the_expiry_of_work_directories_is_filled_in_for_old_runs(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0009_task_error_action")
    old = (
        ("run-00000001", "2026-01-01", None),
        ("run-00000002", "2026-01-09", "gs://w/runs/run-00000001/work"),
        ("run-00000003", None, None),
    )
    add = text(
        "INSERT INTO runs (run_id, submitted_at, reused_work_dir, session_id, pipeline, pipeline_version, status,"
        " user_email, gcs_path, params, sample_count) VALUES (:run_id, cast(:submitted AS timestamptz), :reused,"
        " gen_random_uuid(), 'p', '1', 'failed', 'a', 'g', '{}', 1)"
    )
    for run_id, submitted, reused in old:
        connection.execute(add, {"run_id": run_id, "submitted": submitted, "reused": reused})
    connection.commit()

    command.upgrade(alembic, "head")

    found = connection.execute(text("SELECT run_id, work_dir_expires_at::date::text FROM runs ORDER BY run_id")).all()
    assert [tuple(row) for row in found] == [
        ("run-00000001", "2026-01-31"), ("run-00000002", "2026-01-31"), ("run-00000003", None),
    ]  # fmt: skip


def test_runs_of_an_older_release_are_shared_with_nobody(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0020")
    add = text(
        "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
        " sample_count) VALUES ('run-00000001', gen_random_uuid(), 'p', '1', 'failed', 'a', 'g', '{}', 1)"
    )
    connection.execute(add)
    connection.commit()

    command.upgrade(alembic, "head")

    found = connection.execute(text("SELECT name, note, labels, shared_with FROM runs")).all()
    assert [tuple(row) for row in found] == [(None, None, None, None)]


def test_tasks_of_an_older_release_keep_their_keys(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0011_cursor_beginning")
    connection.execute(
        text(
            "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
            " sample_count) VALUES ('run-00000001', gen_random_uuid(), 'p', '1', 'running', 'a', 'g', '{}', 1)"
        )
    )
    for key in ("ab/cdef01", "#5", "0" * 40):
        add = text(
            "INSERT INTO tasks (run_id, hash, name, process, status) VALUES ('run-00000001', :key, 'A', 'A', 'NEW')"
        )
        connection.execute(add, {"key": key})
    connection.commit()

    command.upgrade(alembic, "head")

    assert set(connection.execute(text("SELECT hash FROM tasks")).scalars()) == {"ab/cdef01", "#5", "0" * 40}


def test_summaries_of_an_older_release_are_computed_once_more(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0015_archives")
    connection.execute(
        text(
            "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
            " sample_count) VALUES ('run-00000001', gen_random_uuid(), 'p', '1', 'running', 'a', 'g', '{}', 1)"
        )
    )
    connection.execute(text("INSERT INTO task_summaries (run_id, summary) VALUES ('run-00000001', '{}')"))
    connection.commit()

    command.upgrade(alembic, "head")

    found = connection.execute(text("SELECT summary, is_stale, due_at FROM task_summaries")).one()
    assert tuple(found) == ({}, True, None)


def add_old_run(connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
            " sample_count, created_at) VALUES ('run-9a000001', gen_random_uuid(), 'p', '1', 'running', 'a', 'g', '{}',"
            " 1, '2026-03-31 23:30+00')"
        )
    )


def test_old_log_entries_are_moved_in_batches_with_a_transaction_each(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0015_archives")
    add_old_run(connection)
    connection.execute(
        text(
            "INSERT INTO log_entries (run_id, number, part, byte_start, byte_end, message)"
            " SELECT 'run-9a000001', n, 0, n, n + 1, 'x' FROM generate_series(0, 20000) n"
        )
    )
    connection.commit()

    command.upgrade(alembic, "0019")

    written_by = connection.execute(text("SELECT count(*) FROM entries GROUP BY xmin::text ORDER BY 1")).scalars()
    assert list(written_by) == [1, 20_000]


@pytest.mark.parametrize("upgraded_to", ["0022", "head"])
def test_failed_tasks_of_an_older_release_are_marked_also_while_it_writes(
    alembic: Config, connection: Connection, upgraded_to: str
) -> None:
    command.upgrade(alembic, "0021")
    add_old_run(connection)
    statuses = ["COMPLETED", "FAILED"]
    add = text(
        "INSERT INTO tasks (run_id, hash, name, process, status)"
        " VALUES ('run-9a000001', :before || :after, 'A', 'A', :before)"
    )
    pairs = [{"before": before, "after": after} for before in statuses for after in statuses]
    connection.execute(add, pairs)
    connection.commit()

    command.upgrade(alembic, upgraded_to)
    command.downgrade(alembic, "0022")
    change = "UPDATE tasks SET status = :after WHERE hash = :before || :after"
    connection.execute(text(change), pairs)
    connection.execute(add, [{"before": status, "after": "new"} for status in statuses])
    connection.commit()
    command.upgrade(alembic, "head")

    rows = connection.execute(text("SELECT status, is_failed, hash LIKE '%new' FROM tasks ORDER BY 1, 3")).all()
    completed, failed = ("COMPLETED", None), ("FAILED", True)
    assert [tuple(row) for row in rows] == [
        (*completed, False), (*completed, False), (*completed, True),
        (*failed, False), (*failed, False), (*failed, True),
    ]  # fmt: skip


def test_log_entries_of_an_older_release_are_moved_while_it_writes(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0015_archives")
    add_old_run(connection)
    add = text(
        "INSERT INTO log_entries (run_id, number, part, byte_start, byte_end, timestamp, level, thread, logger,"
        " message) VALUES ('run-9a000001', :number, 0, :number * 10, :number * 10 + 10, now(), :level, :thread, 'nf',"
        " :message)"
    )
    for number, level, thread in ((0, None, None), (1, "WARN", "main")):
        connection.execute(add, {"number": number, "level": level, "thread": thread, "message": f"old {number}"})
    connection.commit()

    command.upgrade(alembic, "0020")
    connection.execute(text("DELETE FROM log_entries WHERE number >= 1"))
    for number in (1, 2):
        connection.execute(add, {"number": number, "level": "ERROR", "thread": "main", "message": f"new {number}"})
    connection.commit()
    command.upgrade(alembic, "head")

    found = connection.execute(
        text(
            "SELECT month::text, run_number, number, byte_end, level, thread, logger, message FROM entries"
            " JOIN entry_sources ON id = source ORDER BY number"
        )
    )
    place = ("2026-03-01", 0x9A000001 - 2**32)
    assert [tuple(row) for row in found] == [
        (*place, 0, 10, None, "", "nf", "old 0"),
        (*place, 1, 20, 4, "main", "nf", "new 1"),
        (*place, 2, 30, 4, "main", "nf", "new 2"),
    ]


def test_the_numbers_of_entries_are_unique_in_old_and_new_partitions(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0024")
    connection.execute(text("SELECT make_entry_month('2026-02-17')"))
    connection.commit()
    command.upgrade(alembic, "head")
    connection.execute(text("SELECT make_entry_month('2026-03-01')"))
    connection.commit()

    add = text(
        "INSERT INTO entries (month, run_number, number, byte_end, source, message) VALUES (:month, 1, 0, 9, 1, 'x')"
    )
    for month in ("2026-02-01", "2026-03-01"):
        connection.execute(add, {"month": month})
        with pytest.raises(IntegrityError):
            connection.execute(add, {"month": month})
        connection.rollback()


def test_the_jobs_of_an_older_release_can_be_kept(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0012")
    connection.execute(
        text(
            "INSERT INTO runs (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params,"
            " sample_count) VALUES ('run-00000001', gen_random_uuid(), 'p', '1', 'running', 'a', 'g', '{}', 1)"
        )
    )
    connection.commit()

    command.upgrade(alembic, "head")

    add = text("INSERT INTO child_jobs (run_id, job_id) VALUES ('run-00000001', 'nf-abcdef01-1') RETURNING *")
    assert dict(connection.execute(add).mappings().one()) | {"run_id": "", "job_id": "", "gone_answers": 0} == {
        column.name: None for column in Base.metadata.tables["child_jobs"].columns
    } | {"run_id": "", "job_id": "", "gone_answers": 0}


def test_migrations_run_on_the_database_of_database_url(
    empty_database_url: str, alembic: Config, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    del alembic.attributes["connection"]

    command.upgrade(alembic, "head")

    assert tables(connection) > CORE_TABLES


def test_the_local_stack_runs_the_same_migrations(empty_database_url: str, connection: Connection) -> None:
    migrate(empty_database_url)

    assert tables(connection) > CORE_TABLES


def test_the_failures_of_an_older_release_are_grouped(alembic: Config, connection: Connection) -> None:
    command.upgrade(alembic, "0027")
    diagnosis: dict[str, object] = {
        "cause": "out_of_memory",
        "error_task": "A:STAR (x)",
        "message": "m",
        "evidence": [],
    }
    unexplained: dict[str, object] = {"cause": "unknown", "error_task": None, "message": None, "evidence": []}
    add = text(
        "INSERT INTO runs (run_id, failed_at, diagnosis, session_id, pipeline, pipeline_version, status, user_email,"
        " gcs_path, params, sample_count) VALUES (:run_id, '2026-01-31Z', cast(:diagnosis AS jsonb),"
        " gen_random_uuid(), 'p', '1', 'failed', 'a', 'g', '{}', 1)"
    )
    for number, stored in enumerate((diagnosis, unexplained, None, diagnosis | {"error_task": "STAR (y)"})):
        connection.execute(add, {"run_id": f"run-0000000{number}", "diagnosis": json.dumps(stored)})
    connection.commit()

    command.upgrade(alembic, "head")

    group = failure_group(diagnosis)
    assert group
    found = connection.execute(text("SELECT run_id, fingerprint, user_email, at::date::text FROM failures ORDER BY 1"))
    assert [tuple(row) for row in found] == [
        (run_id, group.fingerprint, "a", "2026-01-31") for run_id in ("run-00000000", "run-00000003")
    ]
