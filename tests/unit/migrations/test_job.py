"""The job of a deployment runs each migration at its time, and lets the functions' users use what it made."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from common.models.database import Base
from migrations.job import goal_of, let_read, let_use, upgrade
from tools.pack_function.imports import ROOT

ORDER = ["0001_pre_a", "0002_pre_b", "0003_post_c", "0004_pre_d"]
USER = "sluice-runs@lab-test.iam"


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("phase", "done", "goal"),
    [
        ("pre", None, "0002_pre_b"),
        ("pre", "0001_pre_a", "0002_pre_b"),
        ("pre", "0002_pre_b", None),
        ("pre", "0003_post_c", "0004_pre_d"),
        ("post", "0002_pre_b", "0004_pre_d"),
        ("post", "0004_pre_d", None),
    ],
)
def test_what_has_to_wait_for_the_functions_waits(phase: str, done: str | None, goal: str | None) -> None:
    assert goal_of(phase, ORDER, done) == goal


def test_both_phases_bring_an_empty_database_to_the_newest_schema(connection: Connection) -> None:
    upgrade(connection, "pre")
    upgrade(connection, "post")
    upgrade(connection, "post")

    assert set(inspect(connection).get_table_names()) == Base.metadata.tables.keys() | {"alembic_version"}


def test_a_functions_user_may_use_rows_and_not_change_tables(connection: Connection) -> None:
    upgrade(connection, "post")
    connection.execute(text(f'CREATE ROLE "{USER}"'))
    connection.commit()

    let_use(connection, [USER])
    let_use(connection, [USER])  # each deployment does it again

    connection.execute(text(f'SET ROLE "{USER}"'))
    connection.execute(text("DELETE FROM runs"))
    with pytest.raises(DBAPIError, match="must be owner"):
        connection.execute(text("ALTER TABLE runs ADD COLUMN x INTEGER"))
    connection.rollback()
    connection.execute(text(f'RESET ROLE; DROP OWNED BY "{USER}"; DROP ROLE "{USER}"'))
    connection.commit()


def test_an_operator_may_look_at_rows_and_change_none(connection: Connection) -> None:
    upgrade(connection, "post")
    connection.execute(text('CREATE ROLE "ana@lab.example"'))
    connection.commit()

    let_read(connection, ["ana@lab.example"])

    connection.execute(text('SET ROLE "ana@lab.example"'))
    assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0
    with pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("DELETE FROM runs"))
    connection.rollback()
    connection.execute(text('RESET ROLE; DROP OWNED BY "ana@lab.example"; DROP ROLE "ana@lab.example"'))
    connection.commit()


def test_the_job_has_the_versions_that_were_tested() -> None:
    lock = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    pins = dict(line.split("==") for line in (ROOT / "migrations" / "requirements.txt").read_text().splitlines())
    assert pins == {name: lock[name] for name in pins}
    assert pins.keys() >= {"alembic", "cloud-sql-python-connector", "pg8000", "sqlalchemy"}
