"""The embedded Postgres starts, keeps its data, and stops."""

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from localdev.stack.ports import free_port
from localdev.stack.postgres.server import Postgres, PostgresError
from tests.support.database import Databases


def _run(url: str, *statements: str) -> list[object]:
    engine = create_engine(url)
    with engine.begin() as connection:
        answers = [connection.execute(text(statement)) for statement in statements]
        rows = list(answers[-1].scalars()) if answers[-1].returns_rows else []
    engine.dispose()
    return rows


def test_data_survives_a_restart_and_a_kill(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / "postgres", free_port())
    postgres.start()
    postgres.create_database("sluice")
    _run(postgres.url("sluice"), "CREATE TABLE notes (word text)", "INSERT INTO notes VALUES ('kept')")
    postgres.stop()
    postgres.spawn(os.environ).kill()
    postgres.stop()
    postgres.start()
    try:
        assert _run(postgres.url("sluice"), "SELECT word FROM notes") == ["kept"]
    finally:
        postgres.stop()


def test_an_incomplete_data_folder_is_created_again(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18")
    postgres = Postgres(tmp_path, free_port())
    postgres.start()
    try:
        assert _run(postgres.url("postgres"), "SELECT 1") == [1]
    finally:
        postgres.stop()


def test_the_folder_may_have_any_name(tmp_path: Path) -> None:
    postgres = Postgres(tmp_path / os.fsdecode("müller ".encode() + b"\xff"), free_port())
    postgres.start()
    try:
        assert _run(postgres.url("postgres"), "SELECT 1") == [1]
    finally:
        postgres.stop()


def test_a_port_in_use_is_reported_with_the_message_of_postgres(tmp_path: Path, databases: Databases) -> None:
    with databases.empty() as url:
        taken = int(url.rsplit(":", 1)[1].split("/")[0])
        with pytest.raises(PostgresError, match="Address already in use"):
            Postgres(tmp_path, taken).start()


def test_stopping_a_server_that_never_started_does_nothing(tmp_path: Path) -> None:
    Postgres(tmp_path, free_port()).stop()


def test_text_sorts_by_code_point_and_upper_handles_umlauts(empty_database_url: str) -> None:
    assert _run(empty_database_url, "SELECT x FROM (VALUES ('b'), ('B'), ('ä')) AS t(x) ORDER BY x") == ["B", "b", "ä"]
    assert _run(empty_database_url, "SELECT upper('ä')") == ["Ä"]


def test_the_time_zone_is_utc(empty_database_url: str) -> None:
    assert _run(empty_database_url, "SHOW timezone") == ["UTC"]
