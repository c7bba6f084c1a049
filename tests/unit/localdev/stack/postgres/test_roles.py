"""The roles of the local database, and data folders of earlier versions, which asked for no password."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from localdev.stack.ports import free_port
from localdev.stack.postgres.roles import FUNCTIONS_ROLE, OWNER, prepare_database
from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres


def run(url: str, statement: str) -> list[object]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            answer = connection.execute(text(statement))
            return list(answer.scalars()) if answer.returns_rows else []
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres"), free_port())
    server.start()
    prepare_database(server, "sluice")
    yield server
    server.stop()


@pytest.mark.parametrize("role", ["app", OWNER, FUNCTIONS_ROLE])
@pytest.mark.parametrize("password", ["wrong", "app"])
def test_nobody_connects_without_the_password(postgres: Postgres, role: str, password: str) -> None:
    with pytest.raises(DBAPIError):
        run(f"postgresql+pg8000://{role}:{password}@127.0.0.1:{postgres.port}/sluice", "SELECT 1")


def test_passwords_are_kept_as_scram(postgres: Postgres) -> None:
    kept = run(postgres.url("postgres"), "SELECT rolpassword FROM pg_authid WHERE rolcanlogin")
    assert len(kept) == 3
    assert all(str(password).startswith("SCRAM-SHA-256$") for password in kept)


def test_functions_read_and_write_rows_and_nothing_more(postgres: Postgres) -> None:
    url = postgres.url("sluice", role=FUNCTIONS_ROLE)
    assert run(url, "SELECT count(*) FROM runs") == [0]
    run(url, "INSERT INTO users (email, display_name) VALUES ('ana@lab.example', 'ana')")
    assert run(url, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        False
    ]
    run(url, "CREATE TEMPORARY TABLE task_updates (LIKE tasks)")
    for statement in (
        "CREATE TABLE x (a int)",
        "DROP TABLE runs",
        "ALTER TABLE runs ADD COLUMN x int",
        "COPY users TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/hostname')",
        "SET ROLE sluice_owner",
        "CREATE ROLE evil SUPERUSER",
    ):
        with pytest.raises(DBAPIError):
            run(url, statement)


def test_the_owner_is_no_superuser_and_owns_all_tables(postgres: Postgres) -> None:
    url = postgres.url("sluice", role=OWNER)
    assert run(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [False]
    assert run(url, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [OWNER]


def test_a_data_folder_without_passwords_is_taken_over(tmp_path: Path) -> None:
    old = Postgres(tmp_path, free_port())
    old.start()
    old.create_database("sluice")
    migrate(old.url("sluice"))
    run(old.url("sluice"), "INSERT INTO users (email, display_name) VALUES ('ana@lab.example', 'ana')")
    run(old.url("postgres"), "ALTER ROLE app PASSWORD NULL")
    old.stop()
    (tmp_path / "data" / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")

    new = Postgres(tmp_path, free_port())
    new.start()
    try:
        prepare_database(new, "sluice")
        assert run(new.url("sluice", role=FUNCTIONS_ROLE), "SELECT email FROM users") == ["ana@lab.example"]
        assert run(new.url("sluice", role=OWNER), "SELECT count(*) FROM runs") == [0]
        with pytest.raises(DBAPIError):
            run(f"postgresql+pg8000://app:wrong@127.0.0.1:{new.port}/sluice", "SELECT 1")
    finally:
        new.stop()


def test_the_password_is_on_no_command_line(postgres: Postgres) -> None:
    password = postgres.url("x").partition("app:")[2].partition("@")[0]
    lines = subprocess.run(["/bin/ps", "axww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    assert password not in lines
